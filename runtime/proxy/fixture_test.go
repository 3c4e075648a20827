package proxy_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/compiler/check"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/source"
)

// newsletter is what most of these tests decide by.
const newsletter = `
lictor: v1
namespace: newsletter
roles:
  reader: {permissions: ["newsletter:read"]}
  editor: {includes: [reader], permissions: ["newsletter:update"]}
  admin: {permissions: ["newsletter:delete"]}
entitlements:
  PRINT: {permissions: ["newsletter:print"]}
organisations:
  SNPP: {name: Springfield Nuclear Power Plant}
subjects:
  rosa: {roles: [reader]}
  edna: {roles: [editor]}
  ada: {roles: [admin, reader]}
  adam: {roles: [admin]}
  direct: {permissions: ["newsletter:delete:7", "newsletter:read:%2A"]}
  gone: {roles: [editor, admin], active: false}
  late: {roles: [{role: editor, valid_to: 2026-06-01T00:00:00Z}]}
  homer: {entitlements: {SNPP: [PRINT]}}
  bot: {type: service, roles: [editor]}
routes:
  - {path: /login, methods: [GET, POST], auth: anonymous}
  - path: /newsletters
    methods: [GET]
    permissions: ["ispermitted(newsletter:read)"]
    routes:
      - {path: "/{id}", methods: [GET], permissions: ["ispermitted(newsletter:read:{id})"]}
      - {path: "/{id}", methods: [PUT], satisfy: either, roles: ["hasanyrole(editor, admin)"],
         permissions: ["ispermitted(newsletter:update:{id})"]}
      - {path: "/{id}", methods: [DELETE], satisfy: both, roles: ["hasrole(admin)"],
         permissions: ["ispermitted(newsletter:delete:{id})"]}
      - {path: "/{id}/print", methods: [POST], permissions: ["ispermitted(newsletter:print)"]}
`

// draft says what a bundle of these tests is like.
type draft struct {
	definitions string // empty: newsletter
	files       fs.FS  // in the place of definitions
	revision    string // empty: "r1"
	epoch       uint64
	key         *sign.PrivateKey // nil: unsigned
	subset      *bundles.Subset
	golden      []byte // what its engine is to decide; nil for nothing
}

// bundle compiles definitions, without the parts that no proxy reads.
func bundle(t testing.TB, d draft) []byte {
	t.Helper()
	if d.definitions == "" {
		d.definitions = newsletter
	}
	if d.revision == "" {
		d.revision = "r1"
	}
	if d.files == nil {
		d.files = fstest.MapFS{"rules.yaml": {Data: []byte(d.definitions)}}
	}
	definitions, faults := source.Load(d.files)
	faults.Add(check.Run(definitions)...)
	model, more := lower.Lower(definitions)
	faults.Add(more...)
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	table, err := tables.Build(model)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]byte{bundles.TablesName: table, bundles.DataName: []byte("{}")}
	if d.golden != nil {
		parts[bundles.TestsName] = d.golden
	}
	var file bytes.Buffer
	made := bundles.Draft{
		Revision: d.revision, Epoch: d.epoch, Compiler: "(test)", Key: d.key, Subset: d.subset,
		Parts: parts,
	}
	if err := made.Write(&file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// key returns a key to sign with, always the same for one seed, and the PEM text that verifies it.
func key(t testing.TB, seed byte) (*sign.PrivateKey, string) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	k, err := sign.ParsePrivateKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), "")
	if err != nil {
		t.Fatal(err)
	}
	der, err = x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return k, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// object is a configuration.
type object map[string]any

// with returns o with the members of more; nil takes one away.
func (o object) with(more object) object {
	all := object{}
	for _, members := range []object{o, more} {
		for name, v := range members {
			all[name] = v
			if v == nil {
				delete(all, name)
			}
		}
	}
	return all
}

func (o object) text(t testing.TB) string {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// inline is the configuration of a proxy that has its bundle with it.
func inline(bundle []byte) object {
	return object{
		"bundle_base64":       base64.StdEncoding.EncodeToString(bundle),
		"allow_unsigned":      true,
		"subject_header":      "X-User",
		"organisation_header": "X-Organisation",
	}
}

// folder is where the bundle of a proxy stands. Each state of the file has a time of its own.
type folder struct {
	dir  string
	time time.Time
}

func newFolder(t testing.TB) *folder {
	t.Helper()
	return &folder{t.TempDir(), time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)}
}

func (f *folder) path() string { return filepath.Join(f.dir, "bundle.tar.gz") }

// put replaces the bundle as a whole.
func (f *folder) put(t testing.TB, content []byte) {
	t.Helper()
	f.time = f.time.Add(time.Second)
	fresh := filepath.Join(f.dir, "fresh")
	if err := os.WriteFile(fresh, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(fresh, f.time, f.time); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(fresh, f.path()); err != nil {
		t.Fatal(err)
	}
}
