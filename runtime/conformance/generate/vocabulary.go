package generate

// The words of generated policies. Literal values that look like grammar are among them on purpose.
var (
	namespaces = []string{"default", "shop", "Shop"}

	// partWords holds the values of each part; parts beyond the last use the last.
	partWords = [][]string{
		{"doc", "book", "Doc", "a/b", "é", "*"},
		{"read", "write", "delete", "Read", "read:public"},
		{"1", "2", "17", "*", "a,b", "x y", "%2A", "É"},
		{"title", "body", "a:b"},
		{"x", "y"},
	}

	subjectTypes  = []string{"user", "service", "User"}
	subjectNames  = []string{"alice", "bob", "carol", "d@example.com", "é", "Alice", "1"}
	organisations = []string{"ACME", "SNPP", "acme", "Z 9"}
	scopeNames    = []string{"doc:read", "books", "doc", "email", "book:1:write", "full access"}

	// typical members of properties, context and token, with values of the type they usually have.
	members = []struct {
		path   []string
		kind   kind
		values []string // JSON
	}{
		{[]string{"level"}, number, []string{`0`, `3`, `5`, `-1`, `9007199254740992`, `9007199254740993`, `2.5`, `1e2`, `2.50000000000000000000001`, `0.99999999999999999999`}},
		{[]string{"owner"}, text, []string{`"alice"`, `"bob"`, `"ALICE"`, `"doc"`, `"1"`, `""`}},
		{[]string{"tags"}, list, []string{`["a","b"]`, `[]`, `["doc",1,null]`, `[[1],{"x":1}]`, `[9007199254740993]`, `["read"]`}},
		{[]string{"locked"}, boolean, []string{`true`, `false`}},
		{[]string{"meta", "x"}, number, []string{`1`, `7`, `0.1`}},
		{[]string{"meta", "y", "z"}, text, []string{`"deep"`, `"é"`, `" padded "`}},
		{[]string{"ip"}, text, []string{
			`"10.1.2.3"`, `"192.168.1.77"`, `"2001:db8::1"`, `"::ffff:10.1.2.3"`, `"::ffff:a01:203"`,
			`"10.0.0.0/8"`, `"fe80::1%eth0"`, `"10.1.2"`, `"010.1.2.3"`, `"2001:DB8:0:0::2"`,
		}},
	}

	// odd values, of any type.
	odd = []string{
		`null`, `true`, `false`, `0`, `1`, `-1`, `3`, `9007199254740992`, `-9007199254740992`, `9007199254740993`,
		`-9007199254740993`, `1e30`, `0.1`, `0.10`, `-2.5`, `1e-3`, `100`, `1e2`, `1.0`, `9007199254740992.5`, `0.123456789012345678`, `0.1234567890123456789`, `1.00000000000000000000000`, `""`, `"zzz"`, `"a"`, `"É"`,
		`"3"`, `[]`, `{}`, `[1,2,3]`, `["a",["b"]]`, `{"x":1,"y":{"z":"deep"}}`, `{"x":9007199254740993}`, `[null]`, `"true"`,
	}

	patterns = []string{`^a`, `b+$`, `^[a-z]+$`, `é`, `^$`, `.*`, `\d{2,}`}
	prefixes = []string{"10.0.0.0/8", "192.168.1.0/24", "2001:db8::/32", "0.0.0.0/0", "::/0", "10.1.2.3/32"}
)

func wordsOf(part int) []string { return partWords[min(part, len(partWords)-1)] }
