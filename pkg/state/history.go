package state

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// slack is how much later than its last line a journal may have been changed.
const slack = 2 * time.Second

// run is what one run noted.
type run struct {
	token   string
	started time.Time
	// whole is true when the run is certainly dead and its lines are all there.
	// Of any other run only the mails that it noted as sent count.
	whole bool
	// order holds the Message-IDs as they came, and mails what was noted.
	order []string
	mails map[string]attempts
}

// attempts is what a run noted about one mail: how many attempts have no known
// outcome, and whether one succeeded.
type attempts struct {
	open int
	sent bool
}

func (r *run) note(word, messageID string) error {
	m, known := r.mails[messageID]
	switch word {
	case "begun":
		m.open++
	case "sent":
		m.sent = true
	case "unsent":
		if m.open == 0 {
			return errors.New("a mail ended that was not begun")
		}
		m.open--
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	if !known {
		r.order = append(r.order, messageID)
	}
	if r.mails == nil {
		r.mails = map[string]attempts{}
	}
	r.mails[messageID] = m
	return nil
}

// writeTo writes at most one line for each mail.
func (r run) writeTo(j *Journal) error {
	err := j.write("run", r.token, strconv.FormatInt(r.started.Unix(), 10), strconv.FormatBool(r.whole))
	for _, id := range r.order {
		switch m := r.mails[id]; {
		case err != nil:
			return err
		case m.sent:
			err = j.write("sent", id)
		case m.open > 0:
			err = j.write("begun", id)
		}
	}
	return err
}

// size is about how many bytes the run takes in the file.
func (r run) size() int {
	n := 100
	for _, id := range r.order {
		n += len(id) + 40
	}
	return n
}

// recent drops the oldest runs, each as a whole.
func recent(list []run, now time.Time) []run {
	total := 0
	for i, r := range slices.Backward(list) {
		if total += r.size(); total > maxKept || now.Sub(r.started) > keepFor {
			return list[i+1:]
		}
	}
	return list
}

// history is what all runs noted together: which runs are whole, by token, and
// which mails were sent or may have been, by Message-ID.
type history struct {
	whole      map[string]bool
	sent, open map[string]bool
}

func newHistory(list []run) history {
	h := history{whole: map[string]bool{}, sent: map[string]bool{}, open: map[string]bool{}}
	for _, r := range list {
		h.whole[r.token] = r.whole
		for id, m := range r.mails {
			h.sent[id] = h.sent[id] || m.sent
			h.open[id] = h.open[id] || r.whole && m.open > 0
		}
	}
	return h
}

func (h history) status(token, messageID string) ledger.LocalStatus {
	switch {
	case h.sent[messageID]:
		return ledger.LocalSent
	case h.open[messageID]:
		return ledger.LocalBegun
	case h.whole[token]:
		return ledger.LocalUnsent
	}
	return ledger.LocalUnknown
}

// read returns the runs of a journal that the caller has locked. When lines may
// be missing, no run counts as whole.
func (j *Journal) read(old *os.File) []run {
	content, err := io.ReadAll(io.LimitReader(old, maxJournal+1))
	if err == nil && len(content) > maxJournal {
		err = errors.New("it is too long")
	}
	var f file
	if err == nil {
		f, err = parse(content)
	}
	if err != nil {
		j.log.Warn("the journal in state_dir is damaged and not used", "file", j.path, "error", err)
		return nil
	}
	if doubt := f.doubt(j.sys, old); doubt != "" {
		j.log.Info("of the journal in state_dir only what was sent is used", "file", j.path, "reason", doubt)
		for i := range f.runs {
			f.runs[i].whole = false
		}
	}
	return f.runs
}

// file is a journal as it was read.
type file struct {
	boot, identity string
	runs           []run
	// last is the kernel's time at the last line.
	last int64
}

// doubt returns the reason why not all of a journal can be relied on, or
// nothing: lines may be missing at its end, or its runs be alive elsewhere.
func (f file) doubt(sys kernel, old *os.File) string {
	boot, identity := sys.bootID(), sys.identity(old)
	changed, known := sys.changed(old)
	switch {
	case len(f.runs) == 0:
		return ""
	case boot == unknown || identity == unknown || !known:
		return "this system or its file system does not tell enough"
	case f.boot != boot:
		return "it is from before this machine was started, or from another one"
	case f.identity != identity:
		return "it is a copy"
	case time.Duration(changed-f.last).Abs() > slack:
		return "it was changed after its last line"
	}
	return ""
}

// parse reads a journal. A last line that is cut off is ignored: its writer was
// killed in the system call, before it did what the line says. But if only the
// end of line is missing or wrong, the line was complete once and somebody
// damaged it.
func parse(content []byte) (file, error) {
	var f file
	var sum uint32
	for n := 1; ; n++ {
		line, rest, whole := bytes.Cut(content, []byte("\n"))
		if !whole {
			if sums(sum, line) || len(line) > 0 && sums(sum, line[:len(line)-1]) {
				return file{}, fmt.Errorf("line %d: its end is missing", n)
			}
			return f, nil
		}
		content = rest
		if !sums(sum, line) {
			return file{}, fmt.Errorf("line %d: the checksum is wrong", n)
		}
		_, body, _ := strings.Cut(string(line), " ")
		sum = checksum(sum, body)
		if err := f.add(n, strings.Split(body, " ")); err != nil {
			return file{}, fmt.Errorf("line %d: %w", n, err)
		}
	}
}

// sums tells whether a line's checksum is right; before is the checksum of the
// lines before it.
func sums(before uint32, line []byte) bool {
	check, body, _ := strings.Cut(string(line), " ")
	return check == fmt.Sprintf("%08x", checksum(before, body))
}

func (f *file) add(n int, words []string) error {
	at, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil {
		return err
	}
	f.last = at
	words = words[1:]
	switch {
	case n == 1:
		if len(words) != 4 || words[0] != "journal" || words[1] != "1" {
			return errors.New("it is no journal of this version")
		}
		f.boot, f.identity = words[2], words[3]
	case len(words) == 4 && words[0] == "run":
		started, err := strconv.ParseInt(words[2], 10, 64)
		if err != nil {
			return err
		}
		f.runs = append(f.runs, run{token: words[1], started: time.Unix(started, 0), whole: words[3] == "true"})
	case len(words) == 2 && len(f.runs) > 0:
		return f.runs[len(f.runs)-1].note(words[0], words[1])
	default:
		return errors.New("it makes no sense")
	}
	return nil
}
