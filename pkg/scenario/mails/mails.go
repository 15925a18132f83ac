// Package mails makes every mail that crm-tool sends, for tests: each template that
// is built in, in each language, about opportunities with and without a salesperson,
// and about one whose names are nasty.
//
// They are mails of real runs: the program itself works on the stand-in for Odoo,
// while months pass, and mails through a server that takes no byte of eight bits.
// Its tests hold what readers and their mail programs get: that each mail is what
// the standards want, and what it says. The tests of the build tag mails need
// programs that .ci/mails sets up.
package mails

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
	"github.com/crm-tool/crm-tool/templates"
)

// The cases, which are the first parts of the clients' addresses.
const (
	// WithSalesperson is an opportunity of a salesperson who has a signature in Odoo.
	WithSalesperson = "salesperson"
	// OfCompany is one without a salesperson.
	OfCompany = "company"
	// Nasty is one whose texts are as awkward as those of strangers; its salesperson has
	// no signature.
	Nasty = "nasty"
)

// Mail is one mail as it arrived.
type Mail struct {
	sandboxsmtp.Mail

	// Template is the mail's, as in reminder-7; reminder for a day that has none of
	// its own.
	Template string
	// Language is that of its reader, as in the names of templates.
	Language string
	Case     string
	// Raw is what arrived, with CRLF line ends.
	Raw []byte
}

// Name names the mail among those of [All].
func (m Mail) Name() string { return strings.Join([]string{m.Template, m.Language, m.Case}, ".") }

// Languages returns those of the templates that are built in.
func Languages() ([]string, error) {
	files, err := fs.Glob(templates.FS, "reminder.*.html")
	for i, file := range files {
		files[i] = strings.Split(file, ".")[1]
	}
	return files, err
}

// Templates returns the mails that have templates.
func Templates() ([]string, error) {
	files, err := fs.Glob(templates.FS, "*.en.subject")
	for i, file := range files {
		files[i] = strings.TrimSuffix(file, ".en.subject")
	}
	return files, err
}

// All returns each of them once, by name. dir is an empty folder for what the
// program writes.
func All(dir string) ([]Mail, error) {
	languages, err := Languages()
	if err != nil {
		return nil, err
	}
	o, err := newOffice(dir)
	if err != nil {
		return nil, err
	}
	for _, language := range languages {
		if err := o.employ(language); err != nil {
			return nil, errors.Join(err, o.close())
		}
	}
	err = o.work()
	if err := errors.Join(err, o.close()); err != nil {
		return nil, err
	}
	return read(o.mailbox.Messages())
}

// read sorts what arrived.
func read(messages []sandboxsmtp.Message) ([]Mail, error) {
	own, err := Templates()
	if err != nil {
		return nil, err
	}
	var all []Mail
	for _, message := range messages {
		m := Mail{Raw: message.Data}
		if m.Mail, err = message.Parse(); err != nil {
			return nil, err
		}
		if m.Template, err = templateOf(m.MessageID, own); err != nil {
			return nil, err
		}
		// CASE.LANGUAGE@client.example
		local, _, _ := strings.Cut(message.Recipients[0], "@")
		m.Case, m.Language, _ = strings.Cut(local, ".")
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b Mail) int { return strings.Compare(a.Name(), b.Name()) })
	return all, nil
}

var messageID = regexp.MustCompile(`^crm-tool\.([a-z-]+)\.[0-9]+\.([0-9]+)?`)

// templateOf returns what a mail was made of, which its Message-ID tells.
func templateOf(id string, own []string) (string, error) {
	m := messageID.FindStringSubmatch(id)
	if m == nil {
		return "", fmt.Errorf("no mail has the Message-ID %s", id)
	}
	if m[1] != "remind" {
		return m[1], nil
	}
	day, err := strconv.Atoi(m[2])
	if name := fmt.Sprintf("reminder-%d", day); slices.Contains(own, name) {
		return name, err
	}
	return "reminder", err
}
