package source

import (
	"bytes"
	"encoding/json"
	"maps"
)

// schema is one JSON Schema, draft 2020-12. A schema with the member "$def" is moved to $defs under
// that name when the whole is put together.
type schema map[string]any

// with returns the schema with one member more.
func (s schema) with(name string, member any) schema {
	c := maps.Clone(s)
	c[name] = member
	return c
}

func anyOf(alternatives ...schema) schema { return schema{"anyOf": alternatives} }

func objectSchema[T any](name string, keys []key[T]) schema {
	properties, need := schema{}, []string{}
	for _, k := range keys {
		properties[k.name] = k.schema
		if k.required {
			need = append(need, k.name)
		}
	}
	s := schema{"$def": name, "type": "object", "properties": properties, "additionalProperties": false}
	if len(need) > 0 {
		s["required"] = need
	}
	return s
}

// Schema returns the JSON Schema (draft 2020-12) of one definition file, as JSON text. It is made from
// the same table that files are read by. It describes the shape of a file: keys, types, required keys
// and closed sets of words; what names refer to and what permission strings say is beyond it.
func Schema() []byte {
	defs := schema{}
	root := hoist(definitionFile().schema, defs).(schema)
	root = defs[root["$ref"].(string)[len("#/$defs/"):]].(schema)
	delete(defs, "file")
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Lictor definitions"
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
func hoist(s any, defs schema) any {
	switch s := s.(type) {
	case schema:
		out := schema{}
		for name, member := range s {
			out[name] = hoist(member, defs)
		}
		name, ok := out["$def"].(string)
		if !ok {
			return out
		}
		delete(out, "$def")
		ref := schema{"$ref": "#/$defs/" + name}
		if about, ok := out["description"]; ok {
			ref["description"] = about
			delete(out, "description")
		}
		defs[name] = out
		return ref
	case []schema:
		out := make([]any, len(s))
		for i := range s {
			out[i] = hoist(s[i], defs)
		}
		return out
	}
	return s
}
