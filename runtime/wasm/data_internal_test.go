package wasm

import "testing"

func TestWithout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, want string }{
		{`{}`, `{}`},
		{`{"a":1}`, `{"a":1}`},
		{`{"policies":{"a":[1,2]}}`, `{}`},
		{`{"a":"}\",{","policies":{"x":"]}\\"},"z":[{"policies":1},2]}`, `{"a":"}\",{","z":[{"policies":1},2]}`},
		{`{"policies":1,"a":2,"texts":{"c1":"policies"}}`, `{"a":2}`},
		{"{ \"policies\" : {} ,\n\"a\" : 2 }\n", "{\n\"a\" : 2 }"},
	} {
		if got, ok := without([]byte(tt.text), listings); !ok || string(got) != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.text, got, ok, tt.want)
		}
	}
	for _, text := range []string{``, `[]`, `{`, `1`, `{"a"}`, `{"a":1,}x`} {
		if got, ok := without([]byte(text), listings); ok {
			t.Errorf("%s: %q", text, got)
		}
	}
}
