package cli

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
)

// Trust says which bundles a command believes, from its flags --verify-key and --allow-unsigned.
type Trust struct {
	Keys          []string // PEM files
	AllowUnsigned bool
}

// Register adds the flags.
func (t *Trust) Register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&t.Keys, "verify-key", nil, "PEM `file` of a public key, or [ID=]file; may be repeated while keys are rotated")
	flags.BoolVar(&t.AllowUnsigned, "allow-unsigned", false, "accept bundles without looking at signatures")
}

// Options returns how bundles are to be opened. Neither or both of the flags is misuse.
func (t *Trust) Options() (bundles.Options, error) {
	if (len(t.Keys) == 0) == !t.AllowUnsigned {
		return bundles.Options{}, &Failure{
			Status: Usage, Err: errors.New("exactly one of --verify-key and --allow-unsigned is needed"),
			Hint: "--verify-key accepts only bundles that were signed with that key",
		}
	}
	if t.AllowUnsigned {
		return bundles.Options{AllowUnsigned: true}, nil
	}
	keys, err := t.keys()
	return bundles.Options{Keys: keys}, err
}

func (t *Trust) keys() (*sign.KeySet, error) {
	files := t.Files()
	texts := make([][]byte, len(files))
	for i, file := range files {
		var err error
		if texts[i], err = os.ReadFile(file.Path); err != nil {
			return nil, Unreadable(err)
		}
	}
	return ParseKeys(files, texts)
}

// KeyFile is the file of a public key.
type KeyFile struct{ ID, Path string } // without an ID the key may have any

// Files returns the files that FILE and ID=FILE name. A file whose own name holds "=" wins.
func (t *Trust) Files() []KeyFile {
	files := make([]KeyFile, len(t.Keys))
	for i, flag := range t.Keys {
		files[i] = KeyFile{Path: flag}
		if _, err := os.Stat(flag); errors.Is(err, os.ErrNotExist) {
			if id, path, ok := cutID(flag); ok {
				files[i] = KeyFile{id, path}
			}
		}
	}
	return files
}

// ParseKeys returns the keys that files hold.
func ParseKeys(files []KeyFile, texts [][]byte) (*sign.KeySet, error) {
	keys := make([]sign.PublicKey, len(files))
	for i, file := range files {
		var err error
		if keys[i], err = sign.ParsePublicKey(texts[i], file.ID); err != nil {
			return nil, fmt.Errorf("key %q: %w", file.Path, err)
		}
	}
	return sign.NewKeySet(keys...)
}
