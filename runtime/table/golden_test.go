package table_test

import (
	"os"
	"testing"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

// TestFormat1OpensForEver asks tables that an earlier compiler wrote. Their bytes are never rewritten: a
// new format gets a folder of its own.
func TestFormat1OpensForEver(t *testing.T) {
	t.Parallel()
	const noon = 1782907200 // 12:00 on 1 July 2026
	tests := []struct {
		file, subject, organisation, permission string
		code                                    decision.Code
	}{
		{"springfield", "homer.simpson@springfield.com", "SNPP", "reactor:read:sector-7g", decision.Allowed},
		{"springfield", "homer.simpson@springfield.com", "SNPP", "organisation:update:SNPP", decision.Allowed},
		{"springfield", "homer.simpson@springfield.com", "MOES", "organisation:update:MOES", decision.NoGrant},
		{"springfield", "lenny.leonard@springfield.com", "SNPP", "reactor:operate:sector-4", decision.DeniedByPolicy},
		{"newsletter", "stranger", "", "newsletter:read:welcome", decision.Allowed},
		{"newsletter", "ann", "", "newsletter:update:draft:text,title", decision.Allowed},
		{"newsletter", "ann", "", "newsletter:update:draft:date,text", decision.NoGrant},
		{"newsletter", "pat", "", "Printer:PRINT:LP7200", decision.Allowed},
		{"newsletter", "ada", "", "newsletter:delete:daily", decision.DeniedByPolicy},
		{"newsletter", "ada", "", "newsletter:delete", decision.DeniedConditionUnknown},
		{"bookstore", "alice", "", "book:order:moby-dick", decision.Allowed},
		{"bookstore", "alice", "", "book:order:ulysses", decision.ConditionFalse},
		{"bookstore", "alice", "", "book:order:necronomicon", decision.ConditionUnknown},
		{"bookstore", "alice", "", "record:read:record-1,record-2", decision.ConditionFalse},
	}
	engines := map[string]*table.Engine{}
	for _, test := range tests {
		e := engines[test.file]
		if e == nil {
			e = openFile(t, "testdata/format1/"+test.file+".bin")
			engines[test.file] = e
		}
		p, err := e.Grammar().Parse(test.permission)
		if err != nil {
			t.Fatal(err)
		}
		d, err := e.Decide(&decision.Request{
			Subject:      decision.Subject{Type: "user", ID: test.subject},
			Permissions:  []permission.Permission{p},
			Organisation: test.organisation,
			Now:          noon,
		})
		if err != nil || d.Code != test.code || d.Allowed != (test.code == decision.Allowed) {
			t.Errorf("%s: %s %s: got %v, %v, want %v", test.file, test.subject, test.permission, d, err, test.code)
		}
	}
}

func openFile(t *testing.T, name string) *table.Engine {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return openBytes(t, data)
}
