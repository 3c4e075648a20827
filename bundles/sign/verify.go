package sign

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/value"
)

// KeySet holds the keys that bundles may be signed with, several while keys are rotated. It is
// immutable and safe for concurrent use.
type KeySet struct {
	keys []PublicKey
}

// NewKeySet returns the set of keys. It refuses an empty set with [ErrNoKeys] and an id given twice with a
// [*KeyError]; keys without an id may be several.
func NewKeySet(keys ...PublicKey) (*KeySet, error) {
	if len(keys) == 0 {
		return nil, ErrNoKeys
	}
	seen := map[string]bool{}
	for _, key := range keys {
		if key.key == nil {
			return nil, &KeyError{ID: key.id, Reason: "the key is empty"}
		}
		if key.id != "" && seen[key.id] {
			return nil, &KeyError{ID: key.id, Reason: "two keys have this id"}
		}
		seen[key.id] = true
	}
	return &KeySet{keys: slices.Clone(keys)}, nil
}

// Statement is what a verified signature says.
type Statement struct {
	KeyID     string    // the key named by the token; empty when it names none
	Algorithm Algorithm // of the signature
	Files     []File    // sorted by name, each name once
}

// Verify checks the content of a .signatures.json and returns what it states. The errors are
// [*FormatError], [*UnknownKeyError], [*AlgorithmError] and [ErrSignature]; with any of them nothing in
// the text may be believed.
//
// The key id is the header's kid, else the payload's keyid, as OPA reads them. A token that names a key is
// checked with the key of that id, else with the keys that have no id; a token that names none is checked
// with every key. Claims about time are not looked at: no clock can keep a good bundle out.
func (s *KeySet) Verify(signatures []byte) (*Statement, error) {
	if s == nil || len(s.keys) == 0 {
		return nil, ErrNoKeys
	}
	t, err := parse(signatures)
	if err != nil {
		return nil, err
	}
	candidates := s.candidates(t.keyID)
	if len(candidates) == 0 {
		return nil, &UnknownKeyError{ID: t.keyID}
	}
	if err := t.verify(candidates); err != nil {
		return nil, err
	}
	return &Statement{KeyID: t.keyID, Algorithm: Algorithm(t.algorithm), Files: t.files}, nil
}

func (s *KeySet) candidates(id string) []PublicKey {
	if id == "" {
		return s.keys
	}
	for _, key := range s.keys {
		if key.id == id {
			return []PublicKey{key}
		}
	}
	return slices.DeleteFunc(slices.Clone(s.keys), func(k PublicKey) bool { return k.id != "" })
}

// token is a parsed .signatures.json. Nothing in it may be believed before verify.
type token struct {
	algorithm string
	keyID     string
	files     []File
	signed    string // header and payload as they were signed
	signature []byte
}

func (t *token) verify(candidates []PublicKey) error {
	matched := false
	for _, key := range candidates {
		if string(key.algorithm) != t.algorithm {
			continue
		}
		matched = true
		if key.verifies([]byte(t.signed), t.signature) {
			return nil
		}
	}
	if matched {
		return ErrSignature
	}
	err := &AlgorithmError{Got: t.algorithm}
	if len(candidates) == 1 {
		err.Want = candidates[0].algorithm
	}
	return err
}

func parse(signatures []byte) (*token, error) {
	compact, err := compactToken(signatures)
	if err != nil {
		return nil, err
	}
	segments := strings.Split(compact, ".")
	if len(segments) != 3 {
		return nil, &FormatError{"signatures", "a token has three parts"}
	}
	t := &token{signed: segments[0] + "." + segments[1]}
	if t.signature, err = strictBase64(segments[2]); err != nil {
		return nil, &FormatError{"signature", err.Error()}
	}
	if err := t.readHeader(segments[0]); err != nil {
		return nil, err
	}
	if err := t.readPayload(segments[1]); err != nil {
		return nil, err
	}
	return t, nil
}

func compactToken(signatures []byte) (string, error) {
	_, v, err := value.Parse(nil, signatures)
	if err != nil {
		return "", &FormatError{"signatures", err.Error()}
	}
	if plugin := v.Get("plugin"); plugin.Kind() != value.Missing && plugin.Text() != "" {
		return "", &FormatError{"signatures", "signed by a plugin: " + quote(plugin.Text())}
	}
	list := v.Get("signatures")
	if list.Kind() != value.Array || list.Len() != 1 {
		return "", &FormatError{"signatures", "expected a list of exactly one token"}
	}
	items := list.Items()
	_, item, _ := items.Next()
	if item.Kind() != value.String {
		return "", &FormatError{"signatures", "the token is not a string"}
	}
	return item.Text(), nil
}

func strictBase64(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, reason("not base64url")
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, reason("not base64url")
	}
	return raw, nil
}

func decodeSegment(part, text string) (value.Value, error) {
	raw, err := strictBase64(text)
	if err != nil {
		return nil, &FormatError{part, err.Error()}
	}
	_, v, err := value.Parse(nil, raw)
	if err != nil {
		return nil, &FormatError{part, err.Error()}
	}
	if v.Kind() != value.Object {
		return nil, &FormatError{part, "not an object"}
	}
	return v, nil
}

func (t *token) readHeader(text string) error {
	v, err := decodeSegment("header", text)
	if err != nil {
		return err
	}
	if v.Get("crit").Kind() != value.Missing {
		return &FormatError{"header", "critical extensions are not supported"}
	}
	if t.algorithm, err = textMember(v, "header", "alg"); err != nil {
		return err
	}
	t.keyID, err = textMember(v, "header", "kid")
	return err
}

func (t *token) readPayload(text string) error {
	v, err := decodeSegment("payload", text)
	if err != nil {
		return err
	}
	keyID, err := textMember(v, "payload", "keyid")
	if err != nil {
		return err
	}
	if t.keyID == "" {
		t.keyID = keyID
	}
	if keyID != "" && keyID != t.keyID {
		return &FormatError{"payload", "keyid and the header's kid differ"}
	}
	if scope, err := textMember(v, "payload", "scope"); err != nil || scope != "" {
		return &FormatError{"payload", "a scope is not supported"}
	}
	return t.readFiles(v.Get("files"))
}

func (t *token) readFiles(list value.Value) error {
	if list.Kind() != value.Array {
		return &FormatError{"payload", "files is not a list"}
	}
	for items := list.Items(); ; {
		_, item, ok := items.Next()
		if !ok {
			break
		}
		file := File{item.Get("name").Text(), item.Get("hash").Text(), item.Get("algorithm").Text()}
		if file.Name == "" {
			return &FormatError{"payload", "a file without a name"}
		}
		if file.Algorithm != DigestAlgorithm {
			return &FormatError{"payload", "digest algorithm " + quote(file.Algorithm) + " is not supported"}
		}
		t.files = append(t.files, file)
	}
	slices.SortFunc(t.files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	for i := 1; i < len(t.files); i++ {
		if t.files[i].Name == t.files[i-1].Name {
			return &FormatError{"payload", "file " + quote(t.files[i].Name) + " is listed twice"}
		}
	}
	return nil
}

// textMember returns a member that is a string or absent.
func textMember(v value.Value, part, name string) (string, error) {
	member := v.Get(name)
	if k := member.Kind(); k != value.Missing && k != value.String {
		return "", &FormatError{part, name + " is not a string"}
	}
	return member.Text(), nil
}
