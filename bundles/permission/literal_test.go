package permission_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/permission"
)

// TestSetLiteralLooksAtEveryByte puts a byte that is no text, and a letter outside ASCII, in every place of texts of every
// length up to some words, into each of the members.
func TestSetLiteralLooksAtEveryByte(t *testing.T) {
	t.Parallel()
	g := permission.Grammar{Namespace: "default"}
	var p permission.Permission
	for n := range 34 {
		for at := range n {
			front, behind := strings.Repeat("a", at), strings.Repeat("b", n-at-1)
			for member := range 4 {
				values := [4]string{"type", "action", "id", "attribute"}
				values[member] = front + "\x80" + behind
				if err := g.SetLiteral(&p, values[0], values[1], values[2], values[3]); err == nil {
					t.Fatalf("%q is accepted", values)
				}
				values[member] = front + "é" + behind
				if err := g.SetLiteral(&p, values[0], values[1], values[2], values[3]); err != nil {
					t.Fatalf("%q: %v", values, err)
				}
				if got := fmt.Sprint(p.Values(member)); got != "["+values[member]+"]" || p.Len() != 4 {
					t.Fatalf("%q gives %s", values, got)
				}
			}
		}
	}
}
