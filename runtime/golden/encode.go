package golden

import (
	"github.com/lictor-dev/lictor/bundles/manifest"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// MaxTests is how many tests a bundle may carry. [manifest.MaxTests] bounds their bytes.
const MaxTests = 100_000

// Encode returns the text of the member that carries tests, at least one, in canonical form. Requests are written
// as the project's grammar reads them. The error is a [*LimitError]; whether an edge would take a request is
// for [Decode] to say.
func Encode(tests []Test, g permission.Grammar) ([]byte, error) {
	if len(tests) > MaxTests {
		return nil, &LimitError{What: "tests", Got: len(tests), Limit: MaxTests}
	}
	out := []byte(`{"tests":[`)
	for i := range tests {
		if i > 0 {
			out = append(out, ',')
		}
		out = tests[i].append(out, g)
	}
	_, v, err := value.Parse(nil, append(out, "]}"...))
	if err != nil {
		panic("BUG: tests are written as no JSON: " + err.Error())
	}
	text := value.AppendCanonical(nil, v)
	if len(text) > manifest.MaxTests {
		return nil, &LimitError{What: "bytes of tests", Got: len(text), Limit: manifest.MaxTests}
	}
	return text, nil
}

func (t *Test) append(dst []byte, g permission.Grammar) []byte {
	dst = append(dst, `{"expect":`...)
	dst = appendText(dst, t.Expect.String())
	if t.Reason != "" {
		dst = append(dst, `,"expect_reason":`...)
		dst = appendText(dst, t.Reason)
	}
	dst = append(dst, `,"input":`...)
	dst = input.Append(dst, &t.Request, g, input.Strings)
	dst = append(dst, `,"name":`...)
	dst = appendText(dst, t.Name)
	dst = append(dst, `,"place":`...)
	dst = appendText(dst, t.Place)
	return append(dst, '}')
}

func appendText(dst []byte, s string) []byte {
	return value.AppendQuoted(dst, s)
}
