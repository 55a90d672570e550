package check

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// settingsName is what expressions call the plan's settings, and the record type of them.
const settingsName = "settings"

// settings makes the plan's settings a constant record of the expressions. Each of the values
// that a setting may have must fit where it is used, whichever it has now.
func (c *checker) settings(env *expr.Env) *expr.Env {
	rec, values := &schema.Object{Name: settingsName}, map[string]any{}
	for _, name := range sortedKeys(c.p.Settings) {
		s := c.p.Settings[name]
		rec.Fields = append(rec.Fields, schema.Field{Name: name, Type: settingType(s), Always: true})
		values[name] = s.Value
	}
	c.objects.own[settingsName] = rec
	return env.WithConst(settingsName, schema.ObjectOf(settingsName), values)
}

func settingType(s plan.Setting) schema.Type {
	t := schema.Type{Kind: schema.Bool}
	for _, v := range append([]any{s.Value}, s.Allowed...) {
		switch v := v.(type) {
		case string:
			t.Kind, t.MaxLength = schema.String, max(t.MaxLength, utf8.RuneCountInString(v))
		case json.Number:
			if t.Kind != schema.Decimal {
				t.Kind = schema.Int
			}
			if strings.ContainsAny(plan.Setting{Value: v}.Text(), ".eE") {
				t.Kind = schema.Decimal
			}
		}
	}
	if t.Kind == schema.String && len(s.Allowed) > 0 {
		t.Enum = s.Choices()
	}
	return t
}

var settingText = regexp.MustCompile(`\bsettings\s*\.\s*\??\s*([A-Za-z_][A-Za-z0-9_]*)`)

// unusedSettings warns of settings that no expression looks at. Those that do not compile are
// read as text, so that their mistake is not reported twice.
func (c *checker) unusedSettings() {
	used := map[string]bool{}
	c.p.Walk(func(_ string, v plan.Value) {
		for _, m := range settingText.FindAllStringSubmatch(textLiteral.ReplaceAllString(v.Expr, `""`), -1) {
			used[m[1]] = true
		}
	})
	for _, name := range sortedKeys(c.p.Settings) {
		if !used[name] {
			c.atKey(plan.Join("/settings", name), errUnusedSetting(name))
		}
	}
}
