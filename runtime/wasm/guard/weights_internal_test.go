package guard

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWeights says which of some functions ask when they begin.
func TestWeights(t *testing.T) {
	t.Parallel()
	calls := func(to ...uint32) *function { return &function{code: make([]byte, 100), calls: to} }
	chain := make([]*function, 2*maxDepth)
	for i := range chain {
		chain[i] = &function{code: make([]byte, 1), calls: []uint32{uint32(i + 1)}}
	}
	chain[len(chain)-1].calls = nil
	for _, tt := range []struct {
		name      string
		functions []*function
		asks      []bool
	}{
		{"calls nothing", []*function{calls()}, []bool{false}},
		{"calls another", []*function{calls(1), calls()}, []bool{false, false}},
		{"calls itself", []*function{calls(0)}, []bool{true}},
		{"circle, entered anywhere", []*function{calls(1), calls(2), calls(1)}, []bool{false, true, false}},
		{"two circles", []*function{calls(1), calls(0, 2), calls(2)}, []bool{true, false, true}},
		{"through a table", []*function{calls(1), {code: make([]byte, 100), indirect: true}}, []bool{false, true}},
		{"long", []*function{calls(1), {code: make([]byte, maxWeight+1)}}, []bool{false, true}},
		{"long as a whole", []*function{calls(1, 1), {code: make([]byte, maxWeight/2)}}, []bool{true, false}},
		{"number of no function", []*function{calls(7)}, []bool{false}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.asks, newWeights(tt.functions, 0).asks); diff != "" {
				t.Errorf("asks (-want +got):\n%s", diff)
			}
		})
	}
	if w := newWeights(chain, 0); !w.asks[maxDepth+1] {
		t.Error("a chain is followed without end")
	}
	imported := newWeights([]*function{calls(0, 0)}, 1)
	if imported.own[0] != 100+2*hostCall {
		t.Errorf("calls of the host cost %d", imported.own[0])
	}
}

func TestFormatErrors(t *testing.T) {
	t.Parallel()
	head := "\x00asm\x01\x00\x00\x00"
	for _, tt := range []struct {
		name, text string
		want       FormatError
	}{
		{"nothing", "", FormatError{0, "no WebAssembly 1.0"}},
		{"component", "\x00asm\x0d\x00\x01\x00", FormatError{0, "no WebAssembly 1.0"}},
		{"cut off", head + "\x01\x05", FormatError{10, "truncated"}},
		{"unknown section", head + "\x0d\x00", FormatError{10, "section of kind 13"}},
		{"wrong order", head + "\x02\x00\x01\x00", FormatError{12, "section of kind 1 after one of kind 2"}},
		{"section twice", head + "\x02\x00\x02\x00", FormatError{12, "section of kind 2 after one of kind 2"}},
		{"number without end", head + "\x01\xff\xff\xff\xff\xff\xff", FormatError{14, "number is too long"}},
		{"large number", head + "\x01\xff\xff\xff\xff\x7f", FormatError{14, "number is too large"}},
		{"longer than what it holds", head + "\x01\x02\x00\x00", FormatError{11, "section is longer than what it holds"}},
		{"type of another form", head + "\x01\x02\x01\x50", FormatError{12, "type of form 0x50"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Rewrite([]byte(tt.text), 1)
			got, ok := errors.AsType[*FormatError](err)
			if !ok || *got != tt.want {
				t.Errorf("%v, want %v", err, &tt.want)
			}
		})
	}
	if _, err := Rewrite(make([]byte, MaxModule+1), 1); !cmp.Equal(err, error(&LimitError{"bytes of module", MaxModule + 1, MaxModule})) {
		t.Errorf("%v", err)
	}
}

// TestInstructions refuses what does unbounded work at once, or is not WebAssembly 1.0 with few extensions.
func TestInstructions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		code string // behind the local variables
		want string
	}{
		"fill memory":         {"\x41\x00\x41\x00\x41\x00\xfc\x0b\x00\x0b", "instruction 0xfc 11 is not accepted"},
		"copy memory":         {"\xfc\x0a\x00\x00\x0b", "instruction 0xfc 10 is not accepted"},
		"grow a table":        {"\xfc\x0f\x00\x0b", "instruction 0xfc 15 is not accepted"},
		"vectors":             {"\xfd\x00\x0b", "instruction 0xfd is not accepted"},
		"atomics":             {"\xfe\x00\x0b", "instruction 0xfe is not accepted"},
		"tail call":           {"\x12\x00\x0b", "instruction 0x12 is not accepted"},
		"the counter":         {"\x23\x02\x1a\x0b", "global 2 of 2"},
		"writing the counter": {"\x41\x00\x24\x02\x0b", "global 2 of 2"},
		"no end":              {"\x01\x01", "truncated"},
		"after the end":       {"\x0b\x01", "instructions after the end of a function"},
		"good":                {"\x03\x40\x0c\x00\x0b\x0b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := walk{globals: 2}
			_, err := w.function(&reader{bytes: append([]byte{0}, tt.code...)})
			got := ""
			if f, ok := errors.AsType[*FormatError](err); ok {
				got = f.Reason
			}
			if got != tt.want {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}
