package xero

import "time"

// zoneOf returns the location behind the vendor's name of a time zone. Names it does
// not know, and machines without zone data, get UTC.
func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(placeOf(name))
	if err != nil {
		return time.UTC
	}
	return zone
}

// placeOf covers the zones of the regions; the vendor has 138 names.
func placeOf(name string) string {
	switch name {
	case "NEWZEALANDSTANDARDTIME":
		return "Pacific/Auckland"
	case "CHATHAMISLANDSSTANDARDTIME":
		return "Pacific/Chatham"
	case "AUSEASTERNSTANDARDTIME":
		return "Australia/Sydney"
	case "EAUSTRALIASTANDARDTIME":
		return "Australia/Brisbane"
	case "TASMANIASTANDARDTIME":
		return "Australia/Hobart"
	case "CENAUSTRALIASTANDARDTIME":
		return "Australia/Adelaide"
	case "AUSCENTRALSTANDARDTIME":
		return "Australia/Darwin"
	case "WAUSTRALIASTANDARDTIME":
		return "Australia/Perth"
	case "GMTSTANDARDTIME":
		return "Europe/London"
	case "EASTERNSTANDARDTIME":
		return "America/New_York"
	case "CENTRALSTANDARDTIME":
		return "America/Chicago"
	case "MOUNTAINSTANDARDTIME":
		return "America/Denver"
	case "PACIFICSTANDARDTIME":
		return "America/Los_Angeles"
	case "SINGAPORESTANDARDTIME":
		return "Asia/Singapore"
	case "SOUTHAFRICASTANDARDTIME":
		return "Africa/Johannesburg"
	}
	return "UTC"
}
