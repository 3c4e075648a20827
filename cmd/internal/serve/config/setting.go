package config

import (
	"strings"

	"github.com/lictor-dev/lictor/compiler/source/form"
)

// setting is one thing that can be set: its names, what it means, and how it is read and written.
type setting struct {
	key   string // in the file, its parts separated by dots: "limits.max_body"
	flag  string // on the command line, without dashes
	about string // for help, the schema and the guide: one line, no period
	kind
	// set takes up what was written: one text, or several where many is true. It says what is wrong with one of them,
	// as the rest of a sentence: "is not a size".
	set func(c *Config, texts []string) error
	// get returns what is set as it may be written, nothing for what is not set.
	get func(c *Config) []string
}

// kind is what the values of a setting look like.
type kind struct {
	word   string // for a value in help: "file", "duration"; "bool" for a flag without one
	many   bool   // a list; one flag, and in the environment one comma, for each item
	words  []string
	plain  bool // in YAML a number, true or false, not text
	quiet  bool // a wrong value may hold a secret, and is not repeated
	schema form.Schema
}

// environment returns the name of the setting's variable.
func (s *setting) environment() string { return environmentOf(s.flag) }

func environmentOf(flag string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// prefix is what the names of variables start with.
const prefix = "LICTOR_"

// Documented is what a guide has to say about a setting.
type Documented struct{ Key, Flag, Environment, Default, About string }

// Documentation returns all settings, in the order in which they are best told.
func Documentation() []Documented {
	standard := Default()
	list := make([]Documented, len(settings))
	for i := range settings {
		s := &settings[i]
		list[i] = Documented{s.key, "--" + s.flag, s.environment(), strings.Join(s.get(&standard), ","), s.about}
	}
	return list
}
