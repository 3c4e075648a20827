package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/lictor-dev/lictor/compiler/source/form"
	"github.com/lictor-dev/lictor/edge/authzen"
)

// names are the names of a setting and its meaning.
type names struct{ key, flag, about string }

// code is how a value is written and read.
type code[T any] struct {
	parse  func(string) (T, error)
	format func(T) string // empty for what is not set
}

// one makes a setting of a single value.
func one[T any](n names, k kind, at func(*Config) *T, c code[T]) setting {
	return setting{
		key: n.key, flag: n.flag, about: n.about, kind: k,
		set: func(to *Config, texts []string) error {
			value, err := c.parse(texts[len(texts)-1])
			if err == nil {
				*at(to) = value
			}
			return err
		},
		get: func(of *Config) []string {
			if text := c.format(*at(of)); text != "" {
				return []string{text}
			}
			return nil
		},
	}
}

func same(text string) string { return text }

// anyText reads what is checked where it is used.
func anyText(n names, word string, at func(*Config) *string) setting {
	k := kind{word: word, schema: form.Filled.Schema}
	return one(n, k, at, code[string]{func(text string) (string, error) { return text, nil }, same})
}

// texts reads a list of texts.
func texts(n names, word string, at func(*Config) *[]string) setting {
	return setting{
		key: n.key, flag: n.flag, about: n.about,
		kind: kind{word: word, many: true, schema: form.OneOrMore(form.Filled).Schema},
		set:  func(c *Config, texts []string) error { *at(c) = texts; return nil },
		get:  func(c *Config) []string { return *at(c) },
	}
}

// checked reads text that must look like something.
func checked(n names, word string, at func(*Config) *string, check func(string) error) setting {
	k := kind{word: word, schema: form.Filled.Schema}
	return one(n, k, at, code[string]{func(text string) (string, error) { return text, check(text) }, same})
}

// word reads one of a closed set of words.
func word(n names, at func(*Config) *string, words ...string) setting {
	last := len(words) - 1
	problem := fmt.Errorf("is none of %s and %s", strings.Join(words[:last], ", "), words[last])
	s := checked(n, "word", at, func(text string) error {
		for _, w := range words {
			if w == text {
				return nil
			}
		}
		return problem
	})
	s.words, s.schema = words, form.Schema{"enum": words}
	return s
}

// boolean reads true or false.
func boolean(n names, at func(*Config) *bool) setting {
	k := kind{word: "bool", plain: true, schema: form.Flag.Schema}
	return one(n, k, at, code[bool]{func(text string) (bool, error) {
		if text != "true" && text != "false" {
			return false, errors.New("is neither true nor false")
		}
		return text == "true", nil
	}, strconv.FormatBool})
}

// bounds are the least and the greatest value, both allowed.
type bounds struct{ least, most int }

func (b bounds) check(n int) error {
	if n < b.least || n > b.most {
		return fmt.Errorf("is not between %d and %d", b.least, b.most)
	}
	return nil
}

// count reads a whole number.
func count(n names, b bounds, at func(*Config) *int) setting {
	k := kind{word: "number", plain: true, schema: form.Schema{"type": "integer", "minimum": b.least, "maximum": b.most}}
	return one(n, k, at, code[int]{func(text string) (int, error) {
		number, err := strconv.Atoi(text)
		if err != nil || strconv.Itoa(number) != text {
			return 0, errors.New("is not a whole number")
		}
		return number, b.check(number)
	}, strconv.Itoa})
}

const sizePattern = `^[1-9][0-9]*(B|KiB|MiB|GiB)?$`

// size reads a number of bytes: 1048576, 512KiB or 1MiB.
func size(n names, b bounds, at func(*Config) *int) setting {
	k := kind{word: "size", plain: true, schema: form.Schema{"anyOf": []form.Schema{
		{"type": "integer", "minimum": b.least, "maximum": b.most}, {"type": "string", "pattern": sizePattern},
	}}}
	return one(n, k, at, code[int]{func(text string) (int, error) {
		bytes, err := parseSize(text)
		if err != nil {
			return 0, err
		}
		return bytes, b.check(bytes)
	}, formatSize})
}

var units = []struct {
	name  string
	shift uint
}{{"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"B", 0}}

func parseSize(text string) (int, error) {
	digits, shift := text, uint(0)
	for _, u := range units {
		if before, ok := strings.CutSuffix(text, u.name); ok {
			digits, shift = before, u.shift
			break
		}
	}
	number, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || number == 0 || digits[0] == '0' || digits[0] == '+' {
		return 0, errors.New("is not a size such as 1048576, 512KiB or 1MiB")
	}
	if number > 1<<31>>shift {
		return 0, errors.New("is more than 2GiB")
	}
	return int(number << shift), nil
}

func formatSize(bytes int) string {
	for _, u := range units {
		if bytes != 0 && bytes%(1<<u.shift) == 0 && u.shift > 0 {
			return strconv.Itoa(bytes>>u.shift) + u.name
		}
	}
	return strconv.Itoa(bytes)
}

const durationPattern = `^([0-9]+(\.[0-9]+)?(h|m|s|ms))+$`

// maxDuration bounds every length of time: what is longer was meant otherwise.
const maxDuration = 24 * time.Hour

// duration reads a length of time such as 500ms, 5s or 1m30s.
func duration(n names, at func(*Config) *time.Duration) setting {
	k := kind{word: "duration", schema: form.Schema{"type": "string", "pattern": durationPattern}}
	return one(n, k, at, code[time.Duration]{parseDuration, formatDuration})
}

// delay is duration for one that may be 0s.
func delay(n names, at func(*Config) *time.Duration) setting {
	k := kind{word: "duration", schema: form.Schema{"type": "string", "pattern": durationPattern}}
	return one(n, k, at, code[time.Duration]{func(text string) (time.Duration, error) {
		if text == "0s" {
			return 0, nil
		}
		return parseDuration(text)
	}, formatDuration})
}

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || strings.ContainsAny(text, "+-uµn") {
		return 0, errors.New("is not a length of time such as 500ms, 5s or 1m30s")
	}
	if d < time.Millisecond || d > maxDuration {
		return 0, errors.New("is not between 1ms and 24h")
	}
	return d, nil
}

// formatDuration writes a duration without the zeros that Duration.String has at its end.
func formatDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// mode reads the permission bits of a file, in octal.
func mode(n names, at func(*Config) *fs.FileMode) setting {
	k := kind{word: "mode", schema: form.Schema{"type": "string", "pattern": "^0?[0-7]{3}$"}}
	return one(n, k, at, code[fs.FileMode]{func(text string) (fs.FileMode, error) {
		bits, err := strconv.ParseUint(text, 8, 9)
		if err != nil || bits == 0 || len(text) < 3 || len(text) > 4 {
			return 0, errors.New("is not a file mode such as 0660")
		}
		return fs.FileMode(bits), nil
	}, func(m fs.FileMode) string { return fmt.Sprintf("%04o", m) }})
}

// Unix is what an address that is the path of a unix socket starts with.
const Unix = "unix:"

// checkAddress accepts HOST:PORT, and unix:PATH.
func checkAddress(text string) error {
	if path, ok := strings.CutPrefix(text, Unix); ok {
		if path == "" {
			return errors.New("names no socket")
		}
		return nil
	}
	if _, _, err := net.SplitHostPort(text); err != nil {
		return errors.New("is not host:port")
	}
	return nil
}

// publicURL reads what an edge can be known by. A wrong one may hold a password.
func publicURL(n names, at func(*Config) *string) setting {
	s := checked(n, "url", at, checkURL)
	s.quiet = true
	return s
}

// checkURL accepts what an edge can be known by.
func checkURL(text string) error {
	_, err := authzen.Metadata(text)
	if err == nil {
		return nil
	}
	return fmt.Errorf("is not a URL such as https://decide.example.com: %w", cmp.Or(errors.Unwrap(err), err))
}
