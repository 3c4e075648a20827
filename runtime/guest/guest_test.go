package guest_test

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/runtime/guest"
)

const noon = 1782907200 // 12:00 on 1 July 2026

func newGuest() *guest.Guest {
	return guest.New(guest.Host{
		Now:       func() int64 { return noon },
		Condition: func(uint32, string, []byte) int32 { return 0 },
	})
}

// put writes content into the buffer.
func put(g *guest.Guest, content []byte) uint32 {
	copy(g.Buffer(uint32(len(content))), content)
	return uint32(len(content))
}

// springfield returns tables that an earlier compiler wrote.
func springfield(tb testing.TB) []byte {
	tb.Helper()
	content, err := os.ReadFile("../table/testdata/format2/springfield.bin")
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

// open opens tables that an earlier compiler wrote.
func open(tb testing.TB, flags uint32) (*guest.Guest, uint32) {
	tb.Helper()
	g := newGuest()
	h := g.OpenTables(put(g, springfield(tb)), guest.HostVerified|flags)
	if h <= 0 {
		tb.Fatalf("%d: %s", h, g.Error())
	}
	return g, uint32(h)
}

// request is a compact request.
type request struct {
	flags, count uint32
	now          int64
	fields       []string
}

func (r *request) encode() []byte {
	b := binary.LittleEndian.AppendUint32(nil, r.flags)
	b = binary.LittleEndian.AppendUint32(b, r.count)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.now))
	for _, f := range r.fields {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(f))), f...)
	}
	return b
}

// homer asks by names; the first eight fields are what rule R1 lists.
func homer() *request {
	return &request{
		flags: guest.RequestNames | guest.RequestNow, count: 4, now: noon,
		fields: []string{"user", "homer.simpson@springfield.com", "SNPP", "", "", "", "", "", "reactor", "read", "sector-7g", ""},
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	g, h := open(t, 0)
	for _, tt := range []struct {
		name   string
		change func(*request)
		want   int32
	}{
		{"allowed", func(*request) {}, 7},
		{"the host's clock", func(r *request) { r.flags, r.now = guest.RequestNames, 0 }, 7},
		{"a permission string", func(r *request) {
			r.flags, r.count, r.fields = guest.RequestNow, 1, append(r.fields[:8], "reactor:read:sector-7g")
		}, 7},
		{"two permissions", func(r *request) {
			r.flags, r.count, r.fields = guest.RequestNow, 2, append(r.fields[:8], "reactor:read:sector-7g", "reactor:melt")
		}, 0},
		{"another organisation", func(r *request) { r.fields[2] = "MOES" }, 0},
		{"the organisation in the context", func(r *request) { r.fields[2], r.fields[6] = "", `{"organisation":"SNPP"}` }, 7},
		{"a token without scope for it", func(r *request) { r.fields[7] = `{"scope":""}` }, 3},
		{"never parsed", func(r *request) { r.fields[10] = "*" }, 7},
		{"strict", func(r *request) { r.flags |= guest.RequestStrict }, 7},

		{"cut off", func(r *request) { r.fields = r.fields[:11] }, -3},
		{"more", func(r *request) { r.fields = append(r.fields, "") }, -3},
		{"unknown flags", func(r *request) { r.flags |= 64 }, -3},
		{"flags that exclude each other", func(r *request) { r.flags |= guest.RequestCallersStored | guest.RequestCallersIgnore }, -3},
		{"a time without its flag", func(r *request) { r.flags = guest.RequestNames }, -3},
		{"a time out of range", func(r *request) { r.now = 1<<53 + 1 }, -3},
		{"no subject", func(r *request) { r.fields[1] = "" }, -3},
		{"no type", func(r *request) { r.fields[0] = "" }, -3},
		{"no UTF-8", func(r *request) { r.fields[1] = "homer\xff" }, -3},
		{"no action", func(r *request) { r.fields[9] = "" }, -3},
		{"no object", func(r *request) { r.fields[3] = "[]" }, -3},
		{"no JSON", func(r *request) { r.fields[3] = "{" }, -3},
		{"a member twice", func(r *request) { r.fields[6] = `{"a":1,"a":2}` }, -3},
		{"another organisation in the context", func(r *request) { r.fields[6] = `{"organisation":"MOES"}` }, -3},
		{"an organisation that is no text", func(r *request) { r.fields[6] = `{"organisation":1}` }, -3},
		{"no permission", func(r *request) { r.flags, r.count, r.fields = guest.RequestNow, 0, r.fields[:8] }, -3},
		{"a malformed permission", func(r *request) { r.flags, r.count, r.fields = guest.RequestNow, 1, append(r.fields[:8], "a::b") }, -3},
		{"an encoded value that is none", func(r *request) { r.flags |= guest.RequestEncoded; r.fields[3] = "\x09\xff" }, -3},
	} {
		r := homer()
		tt.change(r)
		if got := g.Check(h, put(g, r.encode())); got != tt.want {
			t.Errorf("%s: %d %s, want %d", tt.name, got, g.Error(), tt.want)
		}
	}
}

// TestTextsBeyondASCII takes texts beyond ASCII.
func TestTextsBeyondASCII(t *testing.T) {
	t.Parallel()
	g, h := open(t, 0)
	r := homer()
	r.fields[1] = "größe@springfield.com"
	if got := g.Check(h, put(g, r.encode())); got != 0 {
		t.Errorf("%d %s", got, g.Error())
	}
}

func TestErrorNamesTheMember(t *testing.T) {
	t.Parallel()
	g, h := open(t, 0)
	if got := string(g.Error()); got != "{}" {
		t.Errorf("before any error: %s", got)
	}
	r := homer()
	r.fields[1] = ""
	g.Check(h, put(g, r.encode()))
	if diff := cmp.Diff(`{"code":"malformed","message":"subject.id is empty","member":"subject.id"}`, string(g.Error())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, code := g.Ask(h, guest.AskCheck, put(g, []byte(`{"subject":{"type":"user"}}`)))
	if diff := cmp.Diff(`{"code":"malformed","message":"subject.id is missing","member":"subject.id"}`, string(g.Error())); diff != "" || code != -3 {
		t.Errorf("%d (-want +got):\n%s", code, diff)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	tables := springfield(t)
	newer := append([]byte(nil), tables...)
	newer[8] = 200
	for _, tt := range []struct {
		name    string
		content []byte
		flags   uint32
		want    int32
	}{
		{"nobody verified", tables, 0, -10},
		{"unknown flags", tables, guest.HostVerified | 16, -9},
		{"flags that exclude each other", tables, guest.HostVerified | guest.CallersStored | guest.CallersIgnore, -9},
		{"damaged", tables[:len(tables)-1], guest.HostVerified, -5},
		{"a newer format", newer, guest.HostVerified, -6},
	} {
		g := newGuest()
		if got := g.OpenTables(put(g, tt.content), tt.flags); got != tt.want {
			t.Errorf("%s: %d %s, want %d", tt.name, got, g.Error(), tt.want)
		}
	}
	g := newGuest()
	if got := g.OpenTables(1, guest.HostVerified); got != -2 {
		t.Errorf("without a buffer: %d", got)
	}
	if g.Buffer(guest.MaxBuffer+1) != nil {
		t.Error("a buffer beyond the limit")
	}
	if got := g.OpenBundle(put(g, []byte("x")), guest.HostVerified); got != -5 {
		t.Errorf("no bundle: %d", got)
	}
}

func TestHandles(t *testing.T) {
	t.Parallel()
	tables := springfield(t)
	g, seen := newGuest(), map[int32]bool{}
	for n := range guest.MaxPolicies + 1 {
		h := g.OpenTables(put(g, tables), guest.HostVerified)
		if n == guest.MaxPolicies {
			if h != -4 {
				t.Errorf("one policy too many: %d", h)
			}
			break
		}
		if h <= 0 || seen[h] {
			t.Fatalf("policy %d: handle %d", n, h)
		}
		seen[h] = true
	}
	for h := range seen {
		if got := g.Close(uint32(h)); got != 0 {
			t.Errorf("close: %d", got)
		}
		if got := g.Close(uint32(h)); got != -1 {
			t.Errorf("close again: %d", got)
		}
		if got := g.Check(uint32(h), put(g, homer().encode())); got != -1 {
			t.Errorf("check of a closed policy: %d", got)
		}
	}
	if h := g.OpenTables(put(g, tables), guest.HostVerified); seen[h] || h <= 0 {
		t.Errorf("handle %d is used again", h)
	}
	if got := g.Check(0, 0); got != -1 {
		t.Errorf("handle 0: %d", got)
	}
}

func TestAsk(t *testing.T) {
	t.Parallel()
	g, h := open(t, guest.CallersStored)
	const allowed = `{"subject":{"type":"user","id":"homer.simpson@springfield.com"},"organisation":"SNPP","permission":"reactor:read:sector-7g"}`
	for _, tt := range []struct {
		name        string
		kind        uint32
		asked, want string // what the answer contains
	}{
		{"check", guest.AskCheck, allowed, `{"decision":"ALLOW","code":"allowed","policies":[`},
		{"batch", guest.AskBatch, `[` + allowed + `,{"subject":1},` + allowed + `]`, `,{"error":{"message":"subject is not an object","member":"subject"}},{"decision":"ALLOW"`},
		{"explain", guest.AskExplain, allowed, `"held_through":"`},
		{"explain a denial", guest.AskExplain, strings.Replace(allowed, "SNPP", "MOES", 1), `"missing":["reactor:read:sector-7g"],"nearest":[{`},
		{"permissions", guest.AskPermissions, allowed, `"permission":"reactor:read"`},
		{"roles", guest.AskRoles, `{"subject":{"type":"user","id":"x"},"roles":["nothing","nothing"]}`, `{"roles":{"nothing":false}}`},
		{"info", guest.AskInfo, ``, `"namespace":"personify","case":"sensitive"`},
		{"callers", guest.AskInfo, ``, `"callers":"stored"`},
	} {
		got, code := g.Ask(h, tt.kind, put(g, []byte(tt.asked)))
		if code != 0 || !strings.Contains(string(got), tt.want) {
			t.Errorf("%s: %d %s %s, want %s", tt.name, code, got, g.Error(), tt.want)
		}
	}
	for _, kind := range []uint32{0, 7} {
		if _, code := g.Ask(h, kind, 0); code != -11 {
			t.Errorf("kind %d: %d", kind, code)
		}
	}
	if _, code := g.Ask(h, guest.AskCheck, put(g, []byte(strings.Replace(allowed, "{", `{"strict":1,`, 1)))); code != -3 {
		t.Errorf("strict is 1: %d", code)
	}
	if got, code := g.Ask(0, guest.AskInfo, 0); code != 0 || string(got) != `{"abi":[1,0],"evaluator":"1.0.0"}` {
		t.Errorf("info without a policy: %d %s", code, got)
	}
}

func TestProve(t *testing.T) {
	t.Parallel()
	const asked = `"input":{"now":0,"permission":"reactor:melt","subject":{"id":"x","type":"user"}},"name":"n","place":"a.yaml:1"}]}`
	for text, want := range map[string]int32{
		`{"tests":[{"expect":"DENY",` + asked: 0, `{"tests":[{"expect":"ALLOW",` + asked: -8, `{`: -5,
	} {
		g, h := open(t, 0)
		if got := g.Prove(h, put(g, []byte(text))); got != want {
			t.Errorf("%s: %d %s, want %d", text, got, g.Error(), want)
		}
	}
}

func TestHasRole(t *testing.T) {
	t.Parallel()
	g, h := open(t, 0)
	r := homer()
	r.flags, r.count, r.fields = guest.RequestNow, 1, append(r.fields[:8], "nothing")
	if got := g.HasRole(h, put(g, r.encode())); got != 0 {
		t.Errorf("%d %s", got, g.Error())
	}
	if got := g.HasRole(h, put(g, homer().encode())); got != -3 {
		t.Errorf("names: %d", got)
	}
}

func TestCheckAllocatesNothing(t *testing.T) {
	g, h := open(t, 0)
	r := homer()
	r.fields[6] = `{"ip":"10.0.0.1","list":[1,2,3]}`
	n := put(g, r.encode())
	if got := testing.AllocsPerRun(100, func() { g.Check(h, n) }); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

// FuzzCheck never panics, and never answers with a number that ABI.md does not name.
func FuzzCheck(f *testing.F) {
	f.Add(homer().encode())
	r := homer()
	r.flags, r.count, r.fields = guest.RequestNow|guest.RequestStrict, 1, append(r.fields[:8], "a:b,c:*")
	f.Add(r.encode())
	r = homer()
	r.fields[3], r.fields[7] = `{"a":{}}`, `{"scope":"book:read"}`
	f.Add(r.encode())
	g, h := open(f, 0)
	f.Fuzz(func(t *testing.T, body []byte) {
		n := put(g, body)
		check := g.Check(h, n)
		answer, code := g.Decide(h, n)
		if check < -11 || check > 7 || (check < 0) != (code != 0) {
			t.Fatalf("check %d, decide %d", check, code)
		}
		if code == 0 && int32(binary.LittleEndian.Uint32(answer)) != check {
			t.Fatalf("check %d, decide %x", check, answer)
		}
		g.HasRole(h, n)
	})
}

// FuzzAsk never panics.
func FuzzAsk(f *testing.F) {
	f.Add(uint32(guest.AskBatch), []byte(`[{"subject":{"type":"user","id":"x"},"permissions":["a:b"]}]`))
	f.Add(uint32(guest.AskExplain), []byte(`{"subject":{"type":"user","id":"x"},"action":{"name":"a"},"resource":{"type":"t","id":"i"}}`))
	f.Add(uint32(guest.AskRoles), []byte(`{"subject":{"type":"user","id":"x"},"roles":["a"]}`))
	g, h := open(f, 0)
	f.Fuzz(func(_ *testing.T, kind uint32, text []byte) { g.Ask(h, kind, put(g, text)) })
}

// FuzzOpen opens damaged tables and bundles: errors, never a panic, and what opens answers.
func FuzzOpen(f *testing.F) {
	f.Add(bundle(f, "DENY"))
	f.Add(springfield(f))
	f.Fuzz(func(_ *testing.T, content []byte) {
		g := newGuest()
		g.OpenBundle(put(g, content), guest.HostVerified)
		if h := g.OpenTables(put(g, content), guest.HostVerified|guest.HostConditions); h > 0 {
			g.Check(uint32(h), put(g, homer().encode()))
		}
	})
}
