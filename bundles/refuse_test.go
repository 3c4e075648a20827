package bundles_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
)

// entry is one member of an archive, good or bad.
type entry struct {
	header  tar.Header
	content []byte
}

// entries returns the members of a bundle as they stand in its archive.
func entries(t testing.TB, raw []byte) []entry {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	var all []entry
	for in := tar.NewReader(zip); ; {
		header, err := in.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, entry{*header, content})
	}
}

// pack writes an archive by the standard library, so that it may hold anything; after follows the tar archive.
func pack(t testing.TB, all []entry, after string) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	for _, e := range all {
		if err := archive.WriteHeader(&e.header); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write(e.content); err != nil {
			t.Fatal(err)
		}
	}
	closeAll(t, archive)
	if _, err := io.WriteString(zip, after); err != nil {
		t.Fatal(err)
	}
	closeAll(t, zip)
	return out.Bytes()
}

func closeAll(t testing.TB, closers ...io.Closer) {
	t.Helper()
	for _, c := range closers {
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func file(name, content string) entry {
	return entry{tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(content)), Mode: 0o644}, []byte(content)}
}

func special(name string, kind byte) entry {
	return entry{header: tar.Header{Typeflag: kind, Name: name, Linkname: "/etc/passwd"}}
}

// set replaces the content of a member.
func set(all []entry, name, content string) []entry {
	for i, e := range all {
		if e.header.Name == "/"+name {
			all[i] = file("/"+name, content)
		}
	}
	return all
}

func drop(all []entry, name string) []entry {
	return slices.DeleteFunc(all, func(e entry) bool { return e.header.Name == "/"+name })
}

// refusal is a change of a good bundle. It is tried with keys and, unless it is about the signature, without.
type refusal struct {
	name       string
	change     func([]entry) []entry
	after      string
	signed     error // how it is refused when keys are given
	unsigned   error // and when unsigned bundles are allowed; nil: it opens
	onlySigned bool
}

var refusals = []refusal{
	{
		name:     "extra member",
		change:   func(e []entry) []entry { return append(e, file("/lictor/more.rego", "x")) },
		signed:   &bundles.MembersError{Faults: []bundles.Fault{{Name: "lictor/more.rego", Status: bundles.StatusExtra, By: "signature"}}},
		unsigned: &bundles.MembersError{Faults: []bundles.Fault{{Name: "lictor/more.rego", Status: bundles.StatusExtra, By: "manifest"}}},
	},
	{
		name:     "missing member",
		change:   func(e []entry) []entry { return drop(e, "lictor/authz.rego") },
		signed:   &bundles.MembersError{Faults: []bundles.Fault{{Name: "lictor/authz.rego", Status: bundles.StatusMissing, By: "signature"}}},
		unsigned: &bundles.MembersError{Faults: []bundles.Fault{{Name: "lictor/authz.rego", Status: bundles.StatusMissing, By: "manifest"}}},
	},
	{
		name:   "changed member",
		change: func(e []entry) []entry { return set(e, "lictor/authz.rego", "package lictor.authx\n") },
		signed: &bundles.MembersError{Faults: []bundles.Fault{{
			Name: "lictor/authz.rego", Status: bundles.StatusDiffers, By: "signature",
			Want: bundles.DigestOf([]byte("package lictor.authz\n")).String(),
			Got:  bundles.DigestOf([]byte("package lictor.authx\n")).String(),
		}}},
		unsigned: &bundles.MembersError{Faults: []bundles.Fault{{
			Name: "lictor/authz.rego", Status: bundles.StatusDiffers, By: "manifest",
			Want: bundles.DigestOf([]byte("package lictor.authz\n")).String() + " of 21 bytes",
			Got:  bundles.DigestOf([]byte("package lictor.authx\n")).String() + " of 21 bytes",
		}}},
	},
	{
		name:     "no manifest",
		change:   func(e []entry) []entry { return drop(e, bundles.ManifestName) },
		signed:   &bundles.MembersError{Faults: []bundles.Fault{{Name: ".manifest", Status: bundles.StatusMissing, By: "signature"}}},
		unsigned: &bundles.MembersError{Faults: []bundles.Fault{{Name: ".manifest", Status: bundles.StatusMissing, By: "format"}}},
	},
	{
		name:   "no signature",
		change: func(e []entry) []entry { return drop(e, bundles.SignaturesName) }, signed: bundles.ErrUnsigned, onlySigned: true,
	},
	{
		name: "signature that is none", change: func(e []entry) []entry { return set(e, bundles.SignaturesName, "{") },
		signed: &sign.FormatError{Part: "signatures", Reason: "offset 1: expected a member name"}, onlySigned: true,
	},
	{
		name: "no members at all", change: func([]entry) []entry { return nil },
		signed:   bundles.ErrUnsigned,
		unsigned: &bundles.MembersError{Faults: []bundles.Fault{{Name: ".manifest", Status: bundles.StatusMissing, By: "format"}}},
	},
	both("repeated member", func(e []entry) []entry { return append(e, e[len(e)-1]) }, &bundles.RepeatedError{Name: "lictor/tables.bin"}),
	both("repeated without the slash", add(file(".manifest", "{}")), &bundles.RepeatedError{Name: ".manifest"}),
	both("symbolic link", add(special("/lictor/x.rego", tar.TypeSymlink)), &bundles.KindError{Name: "lictor/x.rego", Kind: tar.TypeSymlink}),
	both("hard link", add(special("/lictor/x.rego", tar.TypeLink)), &bundles.KindError{Name: "lictor/x.rego", Kind: tar.TypeLink}),
	both("folder", add(special("/lictor/", tar.TypeDir)), &bundles.KindError{Name: "lictor/", Kind: tar.TypeDir}),
	both("device", add(special("/lictor/x.rego", tar.TypeChar)), &bundles.KindError{Name: "lictor/x.rego", Kind: tar.TypeChar}),
	both("pipe", add(special("/lictor/x.rego", tar.TypeFifo)), &bundles.KindError{Name: "lictor/x.rego", Kind: tar.TypeFifo}),
	both("path above", add(file("/lictor/../../x.rego", "")), &bundles.NameError{Name: "lictor/../../x.rego", Reason: "the path leaves or repeats its folder"}),
	both("path with a dot", add(file("./lictor/x.rego", "")), &bundles.NameError{Name: "./lictor/x.rego", Reason: "the path leaves or repeats its folder"}),
	both("two slashes", add(file("//lictor/x.rego", "")), &bundles.NameError{Name: "/lictor/x.rego", Reason: "the path is not canonical"}),
	both("slashes inside", add(file("/lictor//x.rego", "")), &bundles.NameError{Name: "lictor//x.rego", Reason: "the path is not canonical"}),
	both("backslash", add(file(`/lictor/..\x.rego`, "")), badBytes(`lictor/..\x.rego`)),
	both("control byte", add(file("/lictor/\x01.rego", "")), badBytes("lictor/\x01.rego")),
	both("letter beyond ASCII", add(file("/lictor/é.rego", "")), badBytes("lictor/é.rego")),
	both("long path", add(file("/lictor/"+strings.Repeat("a/", 100)+"x.rego", "")), &bundles.NameError{
		Name: "lictor/" + strings.Repeat("a/", 100) + "x.rego", Reason: "the name is empty or too long",
	}),
	extra("data elsewhere", "custom/data.json"),
	extra("data at the root", "data.json"),
	extra("tests at the root", "tests.json"),
	extra("tests elsewhere", "lictor/more/tests.json"),
	extra("tests that nobody announced", bundles.TestsName),
	extra("second manifest", "lictor/x.manifest"),
	extra("YAML data", "lictor/data.yaml"),
	extra("patch", "patch.json"),
	extra("plan", "plan.json"),
	extra("Rego at the root", "x.rego"),
	{name: "text behind the archive", after: "x", signed: bundles.ErrTrailing, unsigned: bundles.ErrTrailing},
	{name: "padding behind the archive", after: strings.Repeat("\x00", 10_240)},
	{
		name: "endless padding", after: strings.Repeat("\x00", 2<<20),
		signed:   &bundles.LimitError{What: "bytes of padding", Limit: 1 << 20},
		unsigned: &bundles.LimitError{What: "bytes of padding", Limit: 1 << 20},
	},
}

func both(name string, change func([]entry) []entry, err error) refusal {
	return refusal{name: name, change: change, signed: err, unsigned: err}
}

func add(e entry) func([]entry) []entry {
	return func(all []entry) []entry { return append(all, e) }
}

func badBytes(name string) error {
	return &bundles.NameError{Name: name, Reason: "only letters, digits, '.', '_' and '-' may be in a path"}
}

// extra adds a member that OPA would give a meaning and this format does not have.
func extra(name, member string) refusal {
	fault := func(by string) error {
		return &bundles.MembersError{Faults: []bundles.Fault{{Name: member, Status: bundles.StatusExtra, By: by}}}
	}
	return refusal{name: name, change: add(file("/"+member, "{}")), signed: fault("signature"), unsigned: fault("manifest")}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	d := newDraft()
	d.Key = testKey(t, "k1")
	good, keys := write(t, d), keySet(t, d.Key)
	for _, tt := range refusals {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			all := entries(t, good)
			if tt.change != nil {
				all = tt.change(all)
			}
			raw := pack(t, all, tt.after)
			check(t, raw, bundles.Options{Keys: keys}, tt.signed)
			if !tt.onlySigned {
				check(t, raw, bundles.Options{AllowUnsigned: true}, tt.unsigned)
			}
		})
	}
}

// check opens raw on the heap and off it, and verifies it, which must all end alike.
func check(t *testing.T, raw []byte, options bundles.Options, want error) {
	t.Helper()
	for _, offHeap := range []bool{false, true} {
		options.OffHeap = offHeap
		_, err := bundles.Open(bytes.NewReader(raw), options)
		if !reflect.DeepEqual(want, err) {
			t.Errorf("Open: %v, want %v", err, want)
		}
	}
	report, err := bundles.Verify(bytes.NewReader(raw), options)
	if err == nil {
		err = report.Err()
	}
	if (err == nil) != (want == nil) {
		t.Errorf("Verify: %v, want %v", err, want)
	}
}

func TestOpenNeedsToKnowWhoMayHaveSigned(t *testing.T) {
	t.Parallel()
	d := newDraft()
	d.Key = testKey(t, "k1")
	raw := write(t, d)
	for _, options := range []bundles.Options{{}, {Keys: keySet(t, d.Key), AllowUnsigned: true}} {
		if _, err := bundles.Open(bytes.NewReader(raw), options); !errors.Is(err, bundles.ErrNoVerification) {
			t.Errorf("Open: %v", err)
		}
		if _, err := bundles.Verify(bytes.NewReader(raw), options); !errors.Is(err, bundles.ErrNoVerification) {
			t.Errorf("Verify: %v", err)
		}
		if _, err := bundles.Peek(bytes.NewReader(raw), options); !errors.Is(err, bundles.ErrNoVerification) {
			t.Errorf("Peek: %v", err)
		}
	}
	if _, err := bundles.Open(bytes.NewReader(raw), bundles.Options{Keys: &sign.KeySet{}}); !errors.Is(err, sign.ErrNoKeys) {
		t.Errorf("Open with an empty key set: %v", err)
	}
}

func TestEpochs(t *testing.T) {
	t.Parallel()
	raw := write(t, newDraft())
	for highest, want := range map[uint64]error{0: nil, 7: nil, 8: &bundles.EpochError{Got: 7, Highest: 8}} {
		check(t, raw, bundles.Options{AllowUnsigned: true, HighestEpoch: highest}, want)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	d := newDraft()
	raw := write(t, d)
	plain := int64(len(unzip(t, raw)))
	tables := int64(len(d.Parts[bundles.TablesName]))
	tests := []struct {
		name   string
		limits bundles.Limits
		want   error
	}{
		{"just enough", bundles.Limits{Compressed: int64(len(raw)), Total: plain, Member: tables, Members: 5}, nil},
		{"compressed", bundles.Limits{Compressed: int64(len(raw)) - 1}, &bundles.LimitError{What: "compressed bytes", Limit: int64(len(raw)) - 1}},
		{"total", bundles.Limits{Total: plain - 1}, &bundles.LimitError{What: "bytes", Limit: plain - 1}},
		{"member", bundles.Limits{Member: tables - 1}, &bundles.LimitError{What: "bytes of a member", Name: bundles.TablesName, Limit: tables - 1}},
		{"members", bundles.Limits{Members: 4}, &bundles.LimitError{What: "members", Limit: 4}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			check(t, raw, bundles.Options{AllowUnsigned: true, Limits: tt.limits}, tt.want)
		})
	}
}

func unzip(t testing.TB, raw []byte) []byte {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(zip)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func TestTruncated(t *testing.T) {
	t.Parallel()
	d := newDraft()
	d.Key = testKey(t, "k1")
	raw, options := write(t, d), bundles.Options{Keys: keySet(t, d.Key)}
	for n := range raw {
		if _, err := bundles.Open(bytes.NewReader(raw[:n]), options); !errors.Is(err, bundles.ErrTruncated) {
			t.Fatalf("the first %d bytes of %d: %v, want %v", n, len(raw), err, bundles.ErrTruncated)
		}
	}
	for _, more := range []string{"\x00", "x", string(raw)} {
		if _, err := bundles.Open(strings.NewReader(string(raw)+more), options); !errors.Is(err, bundles.ErrTrailing) {
			t.Errorf("with %d bytes more: %v, want %v", len(more), err, bundles.ErrTrailing)
		}
	}
}

// TestFlippedBits flips bits behind the gzip header, which holds some that say nothing. So does deflate, here and
// there: what is accepted must be the same archive.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	d := newDraft()
	d.Key = testKey(t, "k1")
	raw, options := write(t, d), bundles.Options{Keys: keySet(t, d.Key), OffHeap: true}
	const gzipHeader = 10
	random, plain := rand.New(rand.NewPCG(1, 2)), unzip(t, raw)
	for range 1000 {
		bit := 8*gzipHeader + random.IntN(8*(len(raw)-gzipHeader))
		flipped := bytes.Clone(raw)
		flipped[bit/8] ^= 1 << (bit % 8)
		_, err := bundles.Open(bytes.NewReader(flipped), options)
		if err == nil && !bytes.Equal(unzip(t, flipped), plain) {
			t.Errorf("bit %d of %d makes no difference", bit, 8*len(raw))
		}
	}
}

// slow gives one byte at a time and then an error of its own.
type slow struct {
	from io.Reader
	end  error
}

func (s slow) Read(p []byte) (int, error) {
	n, err := s.from.Read(p[:min(len(p), 1)])
	if err == io.EOF && s.end != nil {
		return n, s.end
	}
	return n, err
}

func TestSources(t *testing.T) {
	t.Parallel()
	raw, options := write(t, newDraft()), bundles.Options{AllowUnsigned: true}
	if _, err := bundles.Open(slow{bytes.NewReader(raw), nil}, options); err != nil {
		t.Errorf("one byte at a time: %v", err)
	}
	broken := errors.New("connection reset")
	if _, err := bundles.Open(slow{bytes.NewReader(raw[:len(raw)/2]), broken}, options); !errors.Is(err, broken) {
		t.Errorf("a source that breaks: %v, want %v", err, broken)
	}
	if _, err := bundles.Open(strings.NewReader("no gzip at all"), options); err == nil {
		t.Error("a text is a bundle")
	} else if _, ok := errors.AsType[*bundles.ArchiveError](err); !ok {
		t.Errorf("a text: %v", err)
	}
}

// TestSparseFilesAreRefused writes a file with a hole of a gigabyte, which is a plain file by its type. No writer here
// makes such, so the records get their names afterwards.
func TestSparseFilesAreRefused(t *testing.T) {
	t.Parallel()
	hole := file("/lictor/x.rego", "0\n"+strings.Repeat("\x00", 510)) // a map without entries
	hole.header.Format = tar.FormatPAX
	hole.header.PAXRecords = map[string]string{
		"GNU.sparxe.major": "1", "GNU.sparxe.minor": "0", "GNU.sparxe.name": "/lictor/x.rego", "GNU.sparxe.realsize": "1000000000",
	}
	plain := bytes.ReplaceAll(unzip(t, pack(t, []entry{hole}, "")), []byte("GNU.sparxe."), []byte("GNU.sparse."))
	_, err := bundles.Open(bytes.NewReader(zip(t, plain)), bundles.Options{AllowUnsigned: true})
	if want := (&bundles.KindError{Name: "lictor/x.rego", Kind: tar.TypeGNUSparse}); !reflect.DeepEqual(err, error(want)) {
		t.Errorf("got %v, want %v", err, want)
	}
}
