package config

import (
	"fmt"
	"path/filepath"

	"github.com/crm-tool/crm-tool/pkg/rule"
)

// An entry is the value that one layer gives to one key.
type entry struct {
	key Key
	// text is canonical when the entry is valid, or else as it was given.
	text string
	// value is the parsed text. An invalid switch is off; other invalid entries
	// have no value.
	value  any
	valid  bool
	source Source
}

// newEntry parses a value. If there is a problem, the entry can still be listed.
func newEntry(k Key, text string, source Source) (entry, []Problem) {
	value, canonical, err := k.parse(text)
	if err != nil {
		e := invalidEntry(k, text, source)
		return e, []Problem{e.problem(err.Error())}
	}
	return entry{key: k, text: canonical, value: value, valid: true, source: source}, nil
}

func invalidEntry(k Key, text string, source Source) entry {
	e := entry{key: k, text: text, source: source}
	if k.Kind == Switch {
		e.value = false
	}
	return e
}

// problem returns the problem of an entry with this cause.
func (e entry) problem(cause string) Problem {
	return Problem{Key: e.key.Name, Value: e.key.quote(e.text), Place: e.source.String(), Cause: cause}
}

// senders returns the problems of rules that are shared and say who writes: whoever
// may write the shared settings must not choose in whose name mails leave.
func (e entry) senders() []Problem {
	list, _ := e.value.(rule.List)
	var problems []Problem
	for _, r := range list {
		if r.SetsSender() {
			p := e.problem(fmt.Sprintf("is wrong in rule %d: from and reply_to are never shared; such rules belong in the file of each host (config set --local)", r.Number))
			problems = append(problems, p)
		}
	}
	return problems
}

// path returns the file that a [Path] names. A relative path in a file is relative
// to the folder of that file, because nobody chooses the working folder of a cron
// job.
func (e entry) path() string {
	if e.source.Layer != FromFile || e.text == "" || filepath.IsAbs(e.text) {
		return e.text
	}
	return filepath.Join(filepath.Dir(e.source.Name), e.text)
}

// unknown returns the problem of a name that is not a key.
func unknown(name, place, nearest string) Problem {
	return Problem{Key: name, Place: place, Cause: "unknown setting", Nearest: nearest}
}
