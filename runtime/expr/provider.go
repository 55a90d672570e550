package expr

import (
	"strings"
	"sync"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/planwright/planwright/specs/schema"
)

// provider shows the objects of a [schema.Source] to the CEL library, each only when an
// expression first names it. It is safe for concurrent use.
type provider struct {
	source schema.Source
	infos  sync.Map // full name → *objectInfo
}

// objectInfo is one object, ready for selection by field name.
type objectInfo struct {
	*schema.Object
	celType *types.Type
	fields  map[string]*fieldInfo
}

type fieldInfo struct {
	schema.Field
	celField *types.FieldType
}

// info returns the named object, or nil when the source has none.
func (p *provider) info(name string) *objectInfo {
	if v, ok := p.infos.Load(name); ok {
		return v.(*objectInfo)
	}
	if isGroup(name) {
		return nil
	}
	o, ok := p.source.Object(name)
	if !ok {
		return nil
	}
	return p.add(o)
}

// add makes an object known.
func (p *provider) add(o *schema.Object) *objectInfo {
	info := &objectInfo{
		Object:  o,
		celType: types.NewObjectType(objectPrefix + o.Name),
		fields:  make(map[string]*fieldInfo, len(o.Fields)),
	}
	for _, f := range o.Fields {
		info.fields[f.Name] = newFieldInfo(f)
	}
	v, _ := p.infos.LoadOrStore(o.Name, info)
	return v.(*objectInfo)
}

// holder is a value with fields: a record of the data, or a group.
type holder interface {
	has(*fieldInfo) bool
	get(*fieldInfo) (ref.Val, error)
}

func newFieldInfo(f schema.Field) *fieldInfo {
	f.Type = normal(f.Type)
	fi := &fieldInfo{Field: f}
	fi.celField = &types.FieldType{
		Type:    celType(f.Type),
		IsSet:   func(target any) bool { return target.(holder).has(fi) },
		GetFrom: func(target any) (any, error) { return target.(holder).get(fi) },
	}
	return fi
}

// EnumValue implements types.Provider; enums are text here.
func (p *provider) EnumValue(name string) ref.Val { return types.NewErr("no enum %s", name) }

// FindIdent implements types.Provider; no name in an expression stands for a type.
func (p *provider) FindIdent(string) (ref.Val, bool) { return nil, false }

// FindStructType implements types.Provider.
func (p *provider) FindStructType(name string) (*types.Type, bool) {
	ref, ours := strings.CutPrefix(name, objectPrefix)
	if !ours {
		return nil, false
	}
	info := p.info(ref)
	if info == nil {
		return nil, false
	}
	return types.NewTypeTypeWithParam(info.celType), true
}

// FindStructFieldNames implements types.Provider.
func (p *provider) FindStructFieldNames(name string) ([]string, bool) {
	info := p.info(strings.TrimPrefix(name, objectPrefix))
	if info == nil {
		return nil, false
	}
	names := make([]string, len(info.Fields))
	for i, f := range info.Fields {
		names[i] = f.Name
	}
	return names, true
}

// FindStructFieldType implements types.Provider.
func (p *provider) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	info := p.info(strings.TrimPrefix(name, objectPrefix))
	if info == nil {
		return nil, false
	}
	f, ok := info.fields[field]
	if !ok || f.WriteOnly {
		return nil, false
	}
	return f.celField, true
}

// NewValue implements types.Provider; expressions build no objects.
func (p *provider) NewValue(name string, _ map[string]ref.Val) ref.Val {
	return types.NewErr("cannot build %s", name)
}

// NativeToValue implements types.Adapter. All values reach the library converted; what
// is left are its own truth values.
func (p *provider) NativeToValue(v any) ref.Val {
	switch v := v.(type) {
	case ref.Val:
		return v
	case bool:
		return types.Bool(v)
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}
