package config

import "path/filepath"

// An entry is what one layer says about one key.
type entry struct {
	key Key
	// text is canonical when the entry is valid, else as it was given.
	text string
	// value is what text means; an invalid switch is off, anything else that
	// is invalid has none.
	value  any
	valid  bool
	source Source
}

// newEntry reads a value. The entry is good for a listing also when there is
// an error, which tells the cause.
func newEntry(k Key, text string, source Source) (entry, error) {
	value, canonical, err := k.parse(text)
	if err != nil {
		return invalidEntry(k, text, source), err
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

// problem says what is wrong with an entry.
func (e entry) problem(cause string) Problem {
	return Problem{Key: e.key.Name, Value: e.key.show(e.text), Place: e.source.String(), Cause: cause}
}

// path is where a Path leads: a relative one in a file counts from the folder
// of that file, because the working folder of a cron job is an accident.
func (e entry) path() string {
	if e.source.Layer != FromFile || e.text == "" || filepath.IsAbs(e.text) {
		return e.text
	}
	return filepath.Join(filepath.Dir(e.source.Name), e.text)
}

// unknown is the problem of a name that is no key.
func unknown(name, place, nearest string) Problem {
	return Problem{Key: name, Place: place, Cause: "unknown setting", Nearest: nearest}
}
