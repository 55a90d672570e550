package salesforce

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// shown returns a field of a record as the API shows it.
func (f *field) shown(r *row) any {
	if f.kind == kindAddress {
		return shownAddress(strings.TrimSuffix(f.name, "Address"), r)
	}
	return f.printed(r.v[f.name])
}

// printed writes numbers as the vendor does: all but integers with a point, "1500.0".
func (f *field) printed(v any) any {
	n, ok := v.(json.Number)
	if !ok || f.kind == kindInt {
		return v
	}
	if f.power {
		return json.Number(powerOf10(n.String()))
	}
	return json.Number(withPoint(n.String()))
}

func withPoint(n string) string {
	if strings.Contains(n, ".") {
		return n
	}
	return n + ".0"
}

// powerOf10 writes a number of eight or more digits before the point as 1.25E7.
func powerOf10(n string) string {
	digits, negative := strings.CutPrefix(n, "-")
	whole, rest, _ := strings.Cut(digits, ".")
	if len(whole) < len("10000000") {
		return withPoint(n)
	}
	mantissa := strings.TrimRight(whole[1:]+rest, "0")
	out := withPoint(strings.TrimSuffix(whole[:1]+"."+mantissa, ".")) + "E" + strconv.Itoa(len(whole)-1)
	if negative {
		return "-" + out
	}
	return out
}

// shownAddress is the compound of an address, null when every part is.
func shownAddress(prefix string, r *row) any {
	out := ordered{}
	set := false
	for _, part := range []string{"City", "Country", "GeocodeAccuracy", "Latitude", "Longitude", "PostalCode", "State", "Street"} {
		v := r.v[prefix+part]
		set = set || v != nil
		out = append(out, member{strings.ToLower(part[:1]) + part[1:], r.o.must(prefix + part).printed(v)})
	}
	if !set {
		return nil
	}
	return out
}

// describeGlobal answers /sobjects.
func (t *Twin) describeGlobal(base string) any {
	list := []any{}
	for _, o := range t.schema.order {
		if !o.barred.read {
			list = append(list, o.basics(base))
		}
	}
	return ordered{{"encoding", "UTF-8"}, {"maxBatchSize", 200}, {"sobjects", list}}
}

// basics is what describe global tells of an object.
func (o *object) basics(base string) ordered {
	url := base + "/sobjects/" + o.name
	return ordered{
		{"activateable", false},
		{"associateEntityType", nil},
		{"associateParentEntity", nil},
		{"createable", o.create && !o.barred.create},
		{"custom", o.custom},
		{"customSetting", false},
		{"dataTranslationEnabled", nil},
		{"deepCloneable", false},
		{"deletable", o.remove && !o.barred.remove},
		{"deprecatedAndHidden", false},
		{"feedEnabled", false},
		{"hasSubtypes", false},
		{"isInterface", false},
		{"isSubtype", false},
		{"keyPrefix", o.prefix},
		{"label", o.label},
		{"labelPlural", o.plural},
		{"layoutable", true},
		{"mergeable", o.name == "Account" || o.name == "Contact"},
		{"mruEnabled", false},
		{"name", o.name},
		{"queryable", true},
		{"replicateable", true},
		{"retrieveable", true},
		{"searchable", true},
		{"triggerable", o.create},
		{"undeletable", o.bin},
		{"updateable", o.update && !o.barred.edit},
		{"urls", ordered{{"describe", url + "/describe"}, {"rowTemplate", url + "/{ID}"}, {"sobject", url}}},
	}
}

// describe answers /sobjects/{object}/describe for the calling user: fields that
// field-level security hides are absent.
func (t *Twin) describe(q *request, o *object) ordered {
	fields := []any{}
	for i := range o.fields {
		if f := &o.fields[i]; !f.hidden {
			fields = append(fields, f.describe(t.picklistValues(o, f)))
		}
	}
	global := o.basics(q.base)
	global[len(global)-1] = member{"urls", t.urls(q, o)}
	return append(global, ordered{
		{"actionOverrides", []any{}},
		{"childRelationships", t.childRelationships(o)},
		{"compactLayoutable", true},
		{"defaultImplementation", nil},
		{"extendedBy", nil},
		{"extendsInterfaces", nil},
		{"fields", fields},
		{"implementedBy", nil},
		{"implementsInterfaces", nil},
		{"listviewable", nil},
		{"lookupLayoutable", nil},
		{"namedLayoutInfos", []any{}},
		{"networkScopeFieldName", nil},
		{"recordTypeInfos", t.recordTypeInfos(o, q.base+"/sobjects/"+o.name)},
		{"searchLayoutable", true},
		{"sobjectDescribeOption", "FULL"},
		{"supportedScopes", []any{ordered{{"label", "All " + strings.ToLower(o.plural)}, {"name", "everything"}}}},
	}...)
}

// describe tells everything about a field that the vendor's describe does.
func (f *field) describe(values []any) ordered {
	targets := make([]any, len(f.targets))
	for i, t := range f.targets {
		targets[i] = t
	}
	return ordered{
		{"aggregatable", f.kind != kindBool},
		{"aiPredictionField", false},
		{"autoNumber", f.auto != ""},
		{"byteLength", f.length * 3},
		{"calculated", false},
		{"calculatedFormula", nil},
		{"cascadeDelete", f.cascade},
		{"caseSensitive", f.exact},
		{"compoundFieldName", f.compound()},
		{"controllerName", orNil(f.controller)},
		{"createable", f.create},
		{"custom", f.custom()},
		{"dataTranslationEnabled", nil},
		{"defaultValue", f.initial},
		{"defaultValueFormula", nil},
		{"defaultedOnCreate", f.defaulted()},
		{"dependentPicklist", f.controller != ""},
		{"deprecatedAndHidden", false},
		{"digits", f.digits()},
		{"displayLocationInDecimal", false},
		{"encrypted", false},
		{"externalId", f.external},
		{"extraTypeInfo", nil},
		{"filterable", f.filterable()},
		{"filteredLookupInfo", nil},
		{"formulaTreatNullNumberAsZero", false},
		{"groupable", f.filterable() && !f.kind.number()},
		{"highScaleNumber", false},
		{"htmlFormatted", false},
		{"idLookup", f.kind == kindID || f.external},
		{"inlineHelpText", orNil(f.help)},
		{"label", f.label},
		{"length", f.length},
		{"mask", nil},
		{"maskType", nil},
		{"name", f.name},
		{"nameField", f.isName},
		{"namePointing", len(f.targets) > 1},
		{"nillable", !f.needed},
		{"permissionable", !f.needed && (f.create || f.update)},
		{"picklistValues", values},
		{"polymorphicForeignKey", len(f.targets) > 1},
		{"precision", f.describedPrecision()},
		{"queryByDistance", false},
		{"referenceTargetField", nil},
		{"referenceTo", targets},
		{"relationshipName", orNil(f.up)},
		{"relationshipOrder", nil},
		{"restrictedDelete", false},
		{"restrictedPicklist", f.limited},
		{"scale", f.scale},
		{"searchPrefilterable", f.kind == kindRef},
		{"soapType", f.soapType()},
		{"sortable", f.filterable()},
		{"type", string(f.kind)},
		{"unique", f.unique},
		{"updateable", f.update},
		{"writeRequiresMasterRead", false},
	}
}

// digits is the size of an integer; other numbers tell precision and scale.
func (f *field) digits() int {
	if f.kind == kindInt {
		return f.precision
	}
	return 0
}

func (f *field) describedPrecision() int {
	if f.kind == kindInt {
		return 0
	}
	return f.precision
}

// compound names the address that a part belongs to.
func (f *field) compound() any {
	for _, prefix := range []string{"Billing", "Shipping", "Mailing", "Other"} {
		part, ok := strings.CutPrefix(f.name, prefix)
		if ok && slices.Contains([]string{"Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude", "GeocodeAccuracy"}, part) {
			return prefix + "Address"
		}
	}
	return nil
}

func (f *field) soapType() string {
	switch f.kind {
	case kindID, kindRef:
		return "tns:ID"
	case kindBool:
		return "xsd:boolean"
	case kindInt:
		return "xsd:int"
	case kindDouble, kindCurrency, kindPercent:
		return "xsd:double"
	case kindDate:
		return "xsd:date"
	case kindDateTime:
		return "xsd:dateTime"
	case kindAddress:
		return "urn:address"
	default: // the kinds of text
		return "xsd:string"
	}
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
