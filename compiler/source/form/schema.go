package form

import (
	"bytes"
	"encoding/json"
	"maps"
)

// Schema is one JSON Schema, draft 2020-12. A schema with the member "$def" is moved to $defs under
// that name when the whole is put together.
type Schema map[string]any

// with returns the schema with one member more.
func (s Schema) with(name string, member any) Schema {
	c := maps.Clone(s)
	c[name] = member
	return c
}

func anyOf(alternatives ...Schema) Schema { return Schema{"anyOf": alternatives} }

func objectSchema[T any](name string, keys []Key[T]) Schema {
	properties, need := Schema{}, []string{}
	for _, k := range keys {
		properties[k.name] = k.schema
		if k.required {
			need = append(need, k.name)
		}
	}
	s := Schema{"$def": name, "type": "object", "properties": properties, "additionalProperties": false}
	if len(need) > 0 {
		s["required"] = need
	}
	return s
}

// Document returns a whole JSON Schema with the given title as JSON text, for s, which must be that of
// an [Object].
func (s Schema) Document(title string) []byte {
	defs := Schema{}
	name, _ := s["$def"].(string)
	hoist(s, defs)
	root := defs[name].(Schema)
	delete(defs, name)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = title
	root["$defs"] = defs
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		panic("BUG: the schema is not JSON: " + err.Error())
	}
	return b.Bytes()
}

// hoist returns s with every named schema inside replaced by a reference to it in defs.
func hoist(s any, defs Schema) any {
	switch s := s.(type) {
	case Schema:
		out := Schema{}
		for name, member := range s {
			out[name] = hoist(member, defs)
		}
		name, ok := out["$def"].(string)
		if !ok {
			return out
		}
		delete(out, "$def")
		ref := Schema{"$ref": "#/$defs/" + name}
		if about, ok := out["description"]; ok {
			ref["description"] = about
			delete(out, "description")
		}
		defs[name] = out
		return ref
	case []Schema:
		out := make([]any, len(s))
		for i := range s {
			out[i] = hoist(s[i], defs)
		}
		return out
	}
	return s
}
