package binary_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lictor-dev/lictor/runtime/wasm/binary"
)

const header = "\x00asm\x01\x00\x00\x00"

// section writes a section, or anything else behind its size.
func section(id string, content ...string) string { return id + sized(strings.Join(content, "")) }

func sized(content string) string { return leb(len(content)) + content }

func leb(n int) string {
	var out []byte
	for ; n >= 0x80; n >>= 7 {
		out = append(out, byte(n)|0x80)
	}
	return string(append(out, byte(n)))
}

// module has functions of these bodies, which begin with their instructions.
func module(bodies ...string) string {
	code := []string{leb(len(bodies))}
	for _, body := range bodies {
		code = append(code, sized("\x00"+body))
	}
	return header + section("\x03", leb(len(bodies)), strings.Repeat("\x00", len(bodies))) + section("\x0a", code...)
}

func TestInstructions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		want       int
	}{
		{"nothing", "\x0b", 0},
		{"unreachable, nop", "\x00\x01\x0b", 2},
		{"blocks", "\x02\x40\x03\x7f\x04\x05\x05\x0b\x0b\x0b\x0b", 3},
		{"if with else", "\x04\x40\x01\x05\x01\x0b\x0b", 3},
		{"branches", "\x0c\x00\x0d\x80\x01\x0e\x02\x00\x01\x02\x0f\x0b", 4},
		{"calls", "\x10\xff\xff\x03\x11\x00\x00\x0b", 2},
		{"drop and select", "\x1a\x1b\x1c\x01\x7f\x0b", 3},
		{"locals and globals", "\x20\x0b\x21\x0b\x22\x0b\x23\x0b\x24\x0b\x0b", 5},
		{"memory", "\x28\x02\x0b\x3e\x02\x8b\x01\x3f\x00\x40\x00\x0b", 4},
		{"constants", "\x41\x0b\x42\x8b\x7f\x43\x0b\x0b\x0b\x0b\x44\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", 4},
		{"numbers", "\x45\xa7\xbf\xc0\xc4\x0b", 5},
		{"further", "\xfc\x00\xfc\x07\xfc\x08\x0b\x0b\xfc\x0b\x00\xfc\x0a\x00\x00\x0b", 5},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m, err := binary.Decode([]byte(module(test.body, "\x01\x0b")))
			if err != nil {
				t.Fatal(err)
			}
			want := []binary.Function{{Index: 0, Size: len(test.body) + 1, Instructions: test.want}, {Index: 1, Size: 3, Instructions: 1}}
			if diff := cmp.Diff(want, m.Functions, cmpopts.IgnoreFields(binary.Function{}, "Calls")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if m.Instructions() != test.want+1 {
				t.Errorf("%d in all", m.Instructions())
			}
		})
	}
}

// named has two imported functions among other imports, two functions, and names for some of them.
func named() string {
	imports := []string{
		"\x05", sized("env"), sized("memory"), "\x02\x00\x05", sized("env"), sized("f"), "\x00\x00", sized("env"), sized("t"), "\x01\x70\x01\x01\x02",
		sized("env"), sized("g"), "\x03\x7f\x00", sized("env"), sized("h"), "\x00\x01",
	}
	all := header + section("\x01", "\x00") + section("\x02", imports...)
	all += strings.TrimPrefix(module("\x01\x0b", "\x0b"), header)
	names := "\x02\x00" + sized("f") + "\x02" + sized("mine")
	return all + section("\x00", sized("producers"), "anything") + section("\x00", sized("name"), "\x00", sized(sized("m")), "\x01", sized(names))
}

func TestNamesCountImportedFunctions(t *testing.T) {
	t.Parallel()
	m, err := binary.Decode([]byte(named()))
	if err != nil {
		t.Fatal(err)
	}
	want := []binary.Function{{Index: 2, Name: "mine", Size: 3, Instructions: 1}, {Index: 3, Size: 2}}
	if diff := cmp.Diff(want, m.Functions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if f, found := m.Function("mine"); !found || !cmp.Equal(f, want[0]) {
		t.Errorf("%v %v", f, found)
	}
	if f, found := m.Function("f"); found {
		t.Errorf("the imported %v counts as one of the module's own", f)
	}
}

// TestCalled has functions that call one another and themselves, an imported one, and one that is not there.
func TestCalled(t *testing.T) {
	t.Parallel()
	imports := section("\x02", "\x01", sized("env"), sized("f"), "\x00\x00")
	m, err := binary.Decode([]byte(header + imports + strings.TrimPrefix(module(
		"\x10\x03\x10\x02\x10\x03\x10\x00\x10\x63\x0b", "\x10\x01\x01\x0b", "\x10\x03\x10\x04\x0b", "\x01\x01\x0b", "\x0b",
	), header)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]uint32{0, 2, 3, 99}, m.Functions[0].Calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	for _, test := range []struct {
		from, without uint32
		want          []uint32
	}{
		{1, 0, []uint32{1, 2, 3, 4}},
		{2, 0, []uint32{2, 1, 3, 4}},
		{1, 3, []uint32{1, 2}},
		{1, 2, []uint32{1, 3, 4}},
		{5, 0, []uint32{5}},
	} {
		var got []uint32
		for _, f := range m.Called(m.Functions[test.from-1], func(f binary.Function) bool { return f.Index != test.without }) {
			got = append(got, f.Index)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("from %d without %d: %v, want %v", test.from, test.without, got, test.want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ module, want string }{
		"empty":             {"", "wasm module, byte 0: no module of version 1"},
		"another version":   {"\x00asm\x02\x00\x00\x00", "wasm module, byte 0: no module of version 1"},
		"long section":      {header + "\x0a\x05\x00", "wasm module, byte 10: section is longer than what holds it"},
		"long function":     {header + section("\x0a", "\x01\x05\x00"), "wasm module, byte 12: function is longer than what holds it"},
		"rest of section":   {header + section("\x03", "\x00") + section("\x0a", "\x00\x00"), "wasm module, byte 14: section goes on behind its content"},
		"number of bodies":  {header + section("\x03", "\x01\x00"), "wasm module, byte 12: functions and bodies differ in number"},
		"integer too long":  {header + "\x01\x80\x80\x80\x80\x80\x00", "wasm module, byte 14: integer of more than 5 bytes"},
		"integer too large": {header + "\x01\xff\xff\xff\xff\x7f", "wasm module, byte 14: integer beyond 32 bits"},
		"constant too long": {module("\x41\x80\x80\x80\x80\x80\x00\x0b"), "wasm module, byte 23: integer of too many bytes"},
		"no end":            {module("\x01"), "wasm module, byte 18: the module ends too early"},
		"open block":        {module("\x02\x40\x0b"), "wasm module, byte 20: the module ends too early"},
		"behind the end":    {module("\x0b\x01"), "wasm module, byte 18: function goes on behind its end"},
		"cut constant":      {module("\x44\x00\x00"), "wasm module, byte 18: the module ends too early"},
		"kind of import":    {header + section("\x02", "\x01\x00\x00\x07"), "wasm module, byte 14: unknown kind of import"},
		"opcode":            {module("\x06\x40\x0b\x0b"), "wasm module, byte 17: unknown instruction 0x6"},
		"vector":            {module("\xfd\x0c\x0b"), "wasm module, byte 17: unknown instruction 0xfd"},
		"further opcode":    {module("\xfc\x12\x0b"), "wasm module, byte 17: unknown instruction 0xfc12"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := binary.Decode([]byte(test.module))
			if err == nil || err.Error() != test.want || m != nil {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
}

// TestCutModules holds that no prefix of a module but at the end of a section is one.
func TestCutModules(t *testing.T) {
	t.Parallel()
	whole := named()
	var good []int
	for n := range len(whole) {
		if _, err := binary.Decode([]byte(whole[:n])); err == nil {
			good = append(good, n)
		}
	}
	names := len(section("\x00", sized("name"), "\x00", sized(sized("m")), "\x01", sized("\x02\x00"+sized("f")+"\x02"+sized("mine"))))
	producers := len(section("\x00", sized("producers"), "anything"))
	first, imports := len(header), len(whole)-names-producers-len(module("\x01\x0b", "\x0b"))+len(header)
	want := []int{first, first + 3, imports, len(whole) - names - producers, len(whole) - names}
	if !slices.Equal(good, want) {
		t.Errorf("prefixes of %v bytes are modules, want %v", good, want)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(named()))
	f.Add([]byte(module("\x02\x40\x0e\x01\x00\x00\x0b\xfc\x08\x00\x00\x0b", "\x0b")))
	f.Fuzz(func(t *testing.T, module []byte) {
		m, err := binary.Decode(module)
		if err != nil {
			_, format := errors.AsType[*binary.FormatError](err)
			_, opcode := errors.AsType[*binary.OpcodeError](err)
			if !format && !opcode || m != nil {
				t.Fatalf("%v, %v", m, err)
			}
			return
		}
		size := 0
		for _, fn := range m.Functions {
			if size += fn.Size; fn.Instructions > fn.Size {
				t.Errorf("%d instructions in %d bytes", fn.Instructions, fn.Size)
			}
		}
		if size > len(module) {
			t.Errorf("functions of %d bytes in a module of %d", size, len(module))
		}
	})
}
