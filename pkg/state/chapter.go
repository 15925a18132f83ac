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

// chapter is what one run noted.
type chapter struct {
	token   string
	started time.Time
	// whole: it is certain that the run noted all that it began, and is dead.
	// Of others only those mails count that they say were sent.
	whole bool
	// order are the Message-IDs as they came, and mails what is said of them.
	order []string
	mails map[string]inHand
}

// inHand is what a run noted about one mail. What was begun more than once
// counts as sent when it was once, and as unsent when each attempt was.
type inHand struct {
	open int
	sent bool
}

// note adds a line to the chapter.
func (c *chapter) note(word, messageID string) error {
	m, known := c.mails[messageID]
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
		c.order = append(c.order, messageID)
	}
	if c.mails == nil {
		c.mails = map[string]inHand{}
	}
	c.mails[messageID] = m
	return nil
}

// writeTo writes the chapter, in short.
func (c chapter) writeTo(j *Journal) error {
	err := j.write("run", c.token, strconv.FormatInt(c.started.Unix(), 10), strconv.FormatBool(c.whole))
	for _, id := range c.order {
		switch m := c.mails[id]; {
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

// size is about how long the chapter is in the file.
func (c chapter) size() int {
	n := 100
	for _, id := range c.order {
		n += len(id) + 40
	}
	return n
}

// recent drops the oldest chapters, each as a whole.
func recent(list []chapter, now time.Time) []chapter {
	total := 0
	for i, c := range slices.Backward(list) {
		if total += c.size(); total > maxKept || now.Sub(c.started) > keepFor {
			return list[i+1:]
		}
	}
	return list
}

// past is what the chapters say together.
type past struct {
	whole      map[string]bool
	sent, open map[string]bool
}

func remember(list []chapter) past {
	p := past{whole: map[string]bool{}, sent: map[string]bool{}, open: map[string]bool{}}
	for _, c := range list {
		p.whole[c.token] = c.whole
		for id, m := range c.mails {
			p.sent[id] = p.sent[id] || m.sent
			p.open[id] = p.open[id] || c.whole && m.open > 0
		}
	}
	return p
}

func (p past) fate(token, messageID string) ledger.Fate {
	switch {
	case p.sent[messageID]:
		return ledger.FateSent
	case p.open[messageID]:
		return ledger.FateInHand
	case p.whole[token]:
		return ledger.FateUnsent
	}
	return ledger.FateUnknown
}

// read returns the chapters of a journal that the caller has locked. A run of
// which it is not sure that it is all there is not whole any more.
func (j *Journal) read(old *os.File) []chapter {
	content, err := io.ReadAll(io.LimitReader(old, maxJournal+1))
	if err == nil && len(content) > maxJournal {
		err = errors.New("it is too long")
	}
	var b book
	if err == nil {
		b, err = parse(content)
	}
	if err != nil {
		j.log.Warn("the journal in state_dir is damaged and not used", "file", j.path, "error", err)
		return nil
	}
	if doubt := b.doubt(j.sys, old); doubt != "" {
		j.log.Info("of the journal in state_dir only what was sent is used", "file", j.path, "reason", doubt)
		for i := range b.chapters {
			b.chapters[i].whole = false
		}
	}
	return b.chapters
}

// book is a journal as it was read.
type book struct {
	boot, identity string
	chapters       []chapter
	// last is the kernel's time at the last line.
	last int64
}

// doubt says why not all of a journal can be relied on, if there is a reason:
// lines may be missing at its end, or its runs may be alive elsewhere.
func (b book) doubt(sys kernel, f *os.File) string {
	boot, identity := sys.bootID(), sys.identity(f)
	changed, told := sys.changed(f)
	switch {
	case len(b.chapters) == 0:
		return ""
	case boot == unknown || identity == unknown || !told:
		return "this system or its file system does not tell enough"
	case b.boot != boot:
		return "it is from before this machine was started, or from another one"
	case b.identity != identity:
		return "it is a copy"
	case time.Duration(changed-b.last).Abs() > slack:
		return "it was changed after its last line"
	}
	return ""
}

// parse reads a journal. A last line without its end was never finished: its
// writer died in the system call, before it did what the line is about. One
// that lacks nothing else was finished, and spoiled later.
func parse(content []byte) (book, error) {
	var b book
	var sum uint32
	for n := 1; ; n++ {
		line, rest, whole := bytes.Cut(content, []byte("\n"))
		if !whole {
			if sums(sum, line) || len(line) > 0 && sums(sum, line[:len(line)-1]) {
				return book{}, fmt.Errorf("line %d: its end is missing", n)
			}
			return b, nil
		}
		content = rest
		if !sums(sum, line) {
			return book{}, fmt.Errorf("line %d: the checksum is wrong", n)
		}
		_, body, _ := strings.Cut(string(line), " ")
		sum = checksum(sum, body)
		if err := b.add(n, strings.Split(body, " ")); err != nil {
			return book{}, fmt.Errorf("line %d: %w", n, err)
		}
	}
}

// sums tells whether the checksum of a line is right, after that of the lines
// before.
func sums(before uint32, line []byte) bool {
	check, body, _ := strings.Cut(string(line), " ")
	return check == fmt.Sprintf("%08x", checksum(before, body))
}

// add takes a line in.
func (b *book) add(n int, words []string) error {
	at, err := strconv.ParseInt(words[0], 10, 64)
	if err != nil {
		return err
	}
	b.last = at
	words = words[1:]
	switch {
	case n == 1:
		if len(words) != 4 || words[0] != "journal" || words[1] != "1" {
			return errors.New("it is no journal of this version")
		}
		b.boot, b.identity = words[2], words[3]
	case len(words) == 4 && words[0] == "run":
		started, err := strconv.ParseInt(words[2], 10, 64)
		if err != nil {
			return err
		}
		b.chapters = append(b.chapters, chapter{token: words[1], started: time.Unix(started, 0), whole: words[3] == "true"})
	case len(words) == 2 && len(b.chapters) > 0:
		return b.chapters[len(b.chapters)-1].note(words[0], words[1])
	default:
		return errors.New("it makes no sense")
	}
	return nil
}
