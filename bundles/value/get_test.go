package value_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestGet finds members with names of every length behind values of every kind, and none with a name that differs in one byte.
func TestGet(t *testing.T) {
	t.Parallel()
	const letters = "abcdefghijklmnopqrst"
	before := []string{
		`"0":null`, `"1":true`, `"2":false`, `"3":12`, `"4":-2.75`, `"5":9007199254740993`, `"6":"text"`, `"7":""`, `"8":[1,"x",[]]`, `"9":{"abcd":[]}`,
	}
	for n := range len(letters) {
		name, members := letters[:n], before
		for i := range n {
			members = append(members, fmt.Sprintf("%q:0", name[:i]+"_"+name[i+1:]))
		}
		members = append(members, fmt.Sprintf("%q:0", name+"-"+name))
		v := parse(t, "{"+strings.Join(append(members, fmt.Sprintf("%q:\"found\"", name)), ",")+`,"!":0}`)
		if got := v.Get(name); got.Text() != "found" || len(got) != got.Size() {
			t.Errorf("%q: %v", name, got)
		}
		v = parse(t, "{"+strings.Join(members, ",")+"}")
		if got := v.Get(name); got != nil {
			t.Errorf("%q is found where it is not: %v", name, got)
		}
	}
}
