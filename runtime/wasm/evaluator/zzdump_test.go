package evaluator

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"
)

func TestDump(t *testing.T) {
	w, _ := os.ReadFile("/tmp/guestexp/ev.wasm")
	e, err := New(t.Context(), w, Options{})
	if err != nil {
		t.Fatal(err)
	}
	_ = e
	f, err := os.Open(fmt.Sprintf("/tmp/perf-%d.map", os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	var lo, hi uint64
	s := bufio.NewScanner(f)
	for s.Scan() {
		if strings.Contains(s.Text(), os.Getenv("FN")+":::::") {
			var a, n uint64
			fmt.Sscanf(s.Text(), "%x %x", &a, &n)
			if lo == 0 {
				lo = a
			}
			hi = a + n
			fmt.Println(s.Text())
		}
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(uintptr(lo))), hi-lo)
	os.WriteFile("/tmp/guestexp/fn.bin", b, 0o644)
	fmt.Printf("%x\n", lo)
}
