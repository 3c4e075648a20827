package sign_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/sign"
)

var b64 = base64.RawURLEncoding

// forge signs any header and payload with an Ed25519 key, as a program that is not ours may.
func forge(t testing.TB, key crypto.Signer, header, payload string) string {
	t.Helper()
	signed := b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload))
	signature, err := key.Sign(nil, []byte(signed), crypto.Hash(0))
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + b64.EncodeToString(signature)
}

func wrap(token string) []byte { return fmt.Appendf(nil, `{"signatures":[%q]}`, token) }

const (
	goodHeader = `{"alg":"EdDSA","kid":"k"}`
	goodFile   = `{"name":"a","hash":"00","algorithm":"SHA-256"}`
)

func TestSignedNonsenseIsRefused(t *testing.T) {
	t.Parallel()
	key := newEd25519(t)
	set := keySet(t, public(t, pkix(key), "k"))
	tests := []struct{ name, header, payload, want string }{
		{"good", goodHeader, `{"files":[` + goodFile + `],"iat":1,"exp":1,"more":{}}`, ""},
		{"key id in the payload only", `{"alg":"EdDSA"}`, `{"files":[],"keyid":"k"}`, ""},
		{"unknown key id in the payload", `{"alg":"EdDSA"}`, `{"files":[],"keyid":"x"}`, `signed with the unknown key "x"`},
		{"key ids that differ", goodHeader, `{"files":[],"keyid":"x"}`, "malformed payload: keyid and the header's kid differ"},
		{"no algorithm", `{"alg":"none","kid":"k"}`, `{"files":[]}`, `signature algorithm "none": the key signs with EdDSA`},
		{"algorithm in other case", `{"alg":"eddsa","kid":"k"}`, `{"files":[]}`, `signature algorithm "eddsa": the key signs with EdDSA`},
		{"algorithm missing", `{"kid":"k"}`, `{"files":[]}`, `signature algorithm "": the key signs with EdDSA`},
		{"member in other case", `{"Alg":"EdDSA","kid":"k"}`, `{"files":[]}`, `signature algorithm "": the key signs with EdDSA`},
		{"algorithm is a number", `{"alg":1,"kid":"k"}`, `{"files":[]}`, "malformed header: alg is not a string"},
		{"key id is a number", `{"alg":"EdDSA","kid":1}`, `{"files":[]}`, "malformed header: kid is not a string"},
		{"critical extension", `{"alg":"EdDSA","kid":"k","crit":["b64"],"b64":false}`, `{"files":[]}`, "malformed header: critical extensions"},
		{"algorithm twice", `{"alg":"EdDSA","alg":"none","kid":"k"}`, `{"files":[]}`, "malformed header: offset"},
		{"header no object", `[]`, `{"files":[]}`, "malformed header: not an object"},
		{"header no JSON", `{`, `{"files":[]}`, "malformed header: offset"},
		{"payload no object", goodHeader, `[]`, "malformed payload: not an object"},
		{"no files", goodHeader, `{}`, "malformed payload: files is not a list"},
		{"files no list", goodHeader, `{"files":{}}`, "malformed payload: files is not a list"},
		{"file no object", goodHeader, `{"files":[1]}`, "malformed payload: a file without a name"},
		{"file twice", goodHeader, `{"files":[` + goodFile + `,` + goodFile + `]}`, `malformed payload: file "a" is listed twice`},
		{"weak digest", goodHeader, `{"files":[{"name":"a","hash":"00","algorithm":"MD5"}]}`, `malformed payload: digest algorithm "MD5"`},
		{"no digest algorithm", goodHeader, `{"files":[{"name":"a","hash":"00"}]}`, `malformed payload: digest algorithm ""`},
		{"scope", goodHeader, `{"files":[],"scope":"write"}`, "malformed payload: a scope is not supported"},
		{"scope is a number", goodHeader, `{"files":[],"scope":1}`, "malformed payload: a scope is not supported"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := set.Verify(wrap(forge(t, key, tt.header, tt.payload)))
			if (err == nil) != (tt.want == "") || err != nil && !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestSecretsAreNoKeys uses the public key as a shared secret, which some verifiers fell for.
func TestSecretsAreNoKeys(t *testing.T) {
	t.Parallel()
	key := newEd25519(t)
	text := pkix(key)
	signed := b64.EncodeToString([]byte(`{"alg":"HS256","kid":"k"}`)) + "." + b64.EncodeToString([]byte(`{"files":[]}`))
	mac := hmac.New(sha256.New, text)
	mac.Write([]byte(signed))
	_, err := keySet(t, public(t, text, "k")).Verify(wrap(signed + "." + b64.EncodeToString(mac.Sum(nil))))
	if _, ok := errors.AsType[*sign.AlgorithmError](err); !ok {
		t.Errorf("got %v, want an AlgorithmError", err)
	}
}

func TestEnvelopes(t *testing.T) {
	t.Parallel()
	key := newEd25519(t)
	set := keySet(t, public(t, pkix(key), "k"))
	token := forge(t, key, goodHeader, `{"files":[`+goodFile+`]}`)
	part := strings.Split(token, ".")
	tests := []struct{ name, text, want string }{
		{"good", string(wrap(token)), ""},
		{"empty plugin", `{"plugin":"","signatures":["` + token + `"]}`, ""},
		{"plugin", `{"plugin":"x","signatures":["` + token + `"]}`, `malformed signatures: signed by a plugin: "x"`},
		{"two tokens", `{"signatures":["` + token + `","` + token + `"]}`, "malformed signatures: expected a list of exactly one token"},
		{"no tokens", `{"signatures":[]}`, "malformed signatures: expected a list of exactly one token"},
		{"nothing", ``, "malformed signatures: offset 0"},
		{"not a string", `{"signatures":[1]}`, "malformed signatures: the token is not a string"},
		{"signatures twice", `{"signatures":["x"],"signatures":["` + token + `"]}`, "malformed signatures: offset"},
		{"two parts", string(wrap(part[0] + "." + part[1])), "malformed signatures: a token has three parts"},
		{"four parts", string(wrap(token + ".x")), "malformed signatures: a token has three parts"},
		{"no signature", string(wrap(part[0] + "." + part[1] + ".")), "the signature is not by any"},
		{"padding", string(wrap(token + "=")), "malformed signature: not base64url"},
		{"line break", string(wrap(part[0] + "\n." + part[1] + "." + part[2])), "malformed header: not base64url"},
		{"other header", string(wrap(b64.EncodeToString([]byte(`{"alg":"EdDSA","kid":"k" }`)) + "." + part[1] + "." + part[2])), "the signature is not by any"},
		{"other payload", string(wrap(part[0] + "." + b64.EncodeToString([]byte(`{"files":[]}`)) + "." + part[2])), "the signature is not by any"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := set.Verify([]byte(tt.text))
			if (err == nil) != (tt.want == "") || err != nil && !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// TestES256SignatureForms takes only the fixed form of RFC 7518 section 3.4, not ASN.1.
func TestES256SignatureForms(t *testing.T) {
	t.Parallel()
	s := signer(t, sign.ES256)
	set := keySet(t, public(t, pkix(s), "k"))
	signed := b64.EncodeToString([]byte(`{"alg":"ES256","kid":"k"}`)) + "." + b64.EncodeToString([]byte(`{"files":[]}`))
	digest := sha256.Sum256([]byte(signed))
	der, err := s.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	for name, signature := range map[string][]byte{"ASN.1": der, "empty": nil, "zeros": make([]byte, 64), "long": make([]byte, 65)} {
		if _, err := set.Verify(wrap(signed + "." + b64.EncodeToString(signature))); !errors.Is(err, sign.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzVerify never panics, and believes nothing that the key did not sign.
func FuzzVerify(f *testing.F) {
	key := private(f, pkcs8(newEd25519(f)), "k")
	good := signFiles(f, key)
	set := keySet(f, key.Public())
	f.Add(good)
	f.Add(wrap("e30.e30."))
	f.Add([]byte(`{"signatures":["a.b.c"],"plugin":""}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		statement, err := set.Verify(text)
		if err != nil {
			return
		}
		if len(statement.Files) != len(files) || statement.KeyID != "k" {
			t.Errorf("believed: %+v", statement)
		}
	})
}
