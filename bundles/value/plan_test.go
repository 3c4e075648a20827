package value_test

import (
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/value"
)

var planned = []string{"a", "a.b", "a.c", "a.b.a", "c", "d", "d.a"}

// FuzzPlan reads a text with a plan and without: the value or the error is the same, and what was picked is what a walk
// finds.
func FuzzPlan(f *testing.F) {
	for _, text := range []string{
		`{}`, `[]`, `{"a":1}`, `{"a":{"b":{"a":[{"a":1}]},"c":"x"},"c":null,"d":{"a":{}}}`, `{"b":{"a":1},"d":[{"a":1}],"a":"b"}`,
		`{"a":1,"a":2}`, `{"x":1,"a":{"b":1,"x":2,"b":3}}`, `{"x":1,"x":1}`, `{"a":{"a":1},"d":{"a":1,"\u0061":2}}`, `{"a":`,
		`{"k0":0,"k1":0,"k2":0,"k3":0,"k4":0,"k5":0,"k6":0,"k7":0,"k8":0,"k9":0,"ka":0,"kb":0,"kc":0,"kd":0,"ke":0,"kf":0,"a":1,"kg":0,"c":2,"kg":1}`,
	} {
		f.Add([]byte(text))
	}
	plan := value.NewPlan(planned...)
	f.Fuzz(func(t *testing.T, text []byte) {
		picked := make([]value.Value, len(planned))
		picked[0] = value.AppendNull(nil) // must not stay
		_, want, wantErr := value.Parse([]byte("before"), text)
		buf, got, err := plan.Parse([]byte("before"), text, picked)
		if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
			t.Fatalf("%q: %v, want %v", text, err, wantErr)
		}
		if string(got) != string(want) || !strings.HasPrefix(string(buf), "before") {
			t.Fatalf("%q: read as %q, want %q", text, got, want)
		}
		for i, path := range planned {
			walked := want
			for name := range strings.SplitSeq(path, ".") {
				walked = walked.Get(name)
			}
			if string(picked[i]) != string(walked) {
				t.Errorf("%q: %s is %q, want %q", text, path, picked[i], walked)
			}
		}
	})
}

// TestPlanRefuses wants a plan that makes no sense to be found at once.
func TestPlanRefuses(t *testing.T) {
	t.Parallel()
	for name, paths := range map[string][]string{
		"below what is not named": {"a", "b.c"},
		"too many":                strings.Split(strings.Repeat("a ", 24)+"a", " "),
	} {
		func() {
			defer func() {
				if text, _ := recover().(string); !strings.HasPrefix(text, "BUG: a plan") {
					t.Errorf("%s: %q", name, text)
				}
			}()
			value.NewPlan(paths...)
		}()
	}
}
