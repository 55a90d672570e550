package salesforce

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The API versions that the twin answers. Three a year follow version 29, Winter '14.
const (
	newestVersion  = 68
	oldestVersion  = 31 // until the summer of 2028, then
	oldestVersion2 = 41
	winterVersion  = 29
	winterYear     = 14
	seasonsOfAYear = 3
)

// oldest is the oldest version that still answers: versions are retired with a summer release.
func (t *Twin) oldest() int {
	if t.opt.Now().Before(time.Date(2028, time.June, 1, 0, 0, 0, 0, time.UTC)) {
		return oldestVersion
	}
	return oldestVersion2
}

func versionText(v int) string { return fmt.Sprintf("%d.0", v) }

func (t *Twin) versionList() []ordered {
	var out []ordered
	for v := t.oldest(); v <= newestVersion; v++ {
		n := v - winterVersion
		season := []string{"Winter", "Spring", "Summer"}[n%seasonsOfAYear]
		out = append(out, ordered{
			{"label", fmt.Sprintf("%s '%d", season, winterYear+n/seasonsOfAYear)},
			{"url", "/services/data/v" + versionText(v)},
			{"version", versionText(v)},
		})
	}
	return out
}

func (t *Twin) checkVersion(s string) *apiError {
	num, ok := strings.CutPrefix(s, "v")
	num, dot := strings.CutSuffix(num, ".0")
	v, err := strconv.Atoi(num)
	switch {
	case !ok || !dot || err != nil || v > newestVersion || strconv.Itoa(v) != num:
		return errNotFound()
	case v < t.oldest():
		return refuse(http.StatusGone, "GONE", "API version "+num+".0 is retired")
	}
	return nil
}

// resources answers the root of a version.
func (t *Twin) resources(q *request) ordered {
	out := ordered{}
	for _, name := range []string{"limits", "composite", "query", "queryAll", "sobjects"} {
		out = append(out, member{name, q.base + "/" + name})
	}
	return append(out, member{"identity", t.identityURL(q, t.userID)})
}
