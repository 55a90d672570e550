package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Strict decodes JSON that a person wrote. It refuses what the standard decoder would pass
// over: unknown members, members given twice, and text after the end.
func Strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return Explain(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text after the end")
	}
	return once(json.NewDecoder(bytes.NewReader(data)), "")
}

// Explain tells what a JSON decoder met to the person who wrote the file, who has never heard
// of the decoder's types.
func Explain(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends before the JSON does")
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		where := "it"
		if e.Field != "" {
			where = "/" + strings.ReplaceAll(e.Field, ".", "/")
		}
		return fmt.Errorf("%s: %s is not what belongs there", where, article(e.Value))
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("%w, at byte %d", err, e.Offset)
	}
	return err
}

func article(kind string) string {
	if kind == "array" || kind == "object" {
		return "an " + kind
	}
	return "a " + kind
}

// once refuses members given twice in a value that is known to be JSON. Names that differ in
// case count as one, as they do for the decoder.
func once(d *json.Decoder, pointer string) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	open, ok := t.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for i := 0; d.More(); i++ {
		name := fmt.Sprint(i)
		if open == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			name, _ = key.(string)
			folded := strings.ToLower(name)
			if seen[folded] {
				return fmt.Errorf("%s/%s: given twice", pointer, name)
			}
			seen[folded] = true
		}
		if err := once(d, pointer+"/"+name); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
