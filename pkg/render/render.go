// Package render makes a mail about an opportunity: it fills templates with
// records and returns subject, HTML, plain text and the form that Odoo's
// chatter keeps.
//
// The package is pure: templates come in as an [overlay.FS], records as values, and it
// reads and writes nothing else. [Load] tries every template, so that a broken
// one is found before the first mail. Anybody may have typed what Odoo holds:
// the data is cleaned and shortened first, and escaped when it is filled in.
// Addresses, headers and encoding of a mail are left to others.
package render

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"strings"
	texttemplate "text/template"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/crm-tool/crm-tool/pkg/language"
	"github.com/crm-tool/crm-tool/pkg/overlay"
	"github.com/crm-tool/crm-tool/pkg/render/lines"
)

// The largest results of templates, in bytes. Mail programs cut an HTML part at
// about 100 KB; a result far above that is a mistake in the template.
const (
	maxHTML    = 256 << 10
	maxText    = 128 << 10
	maxSubject = 16 << 10
)

// maxSubjectRunes keeps a subject, encoded and folded, within what mail
// programs show and servers take.
const maxSubjectRunes = 200

// maxPreheader is about what the widest inboxes show after a subject.
const maxPreheader = 110

// errTooLong stops a template whose result exceeds the limit.
var errTooLong = errors.New("the result is too long")

// Mail is a finished mail without addresses.
type Mail struct {
	// Template names the templates that were used: reminder-7.fr.
	Template string
	// Language is the language of the templates that were used, as in their
	// file names (fr, fr_CA).
	Language string
	// Subject is one line of at most 200 characters, not encoded.
	Subject string
	// HTML is a whole document.
	HTML string
	// Text is the plain alternative: lines of at most 78 columns, except
	// where one word is longer, each ending with a line feed.
	Text string
	// Chatter is the message for Odoo's chatter: the HTML without layout,
	// styles and images. Instead of the client's own links it has an
	// ellipsis, and so has the subject.
	Chatter string
}

// Set is a complete set of working templates. It is safe for concurrent use.
type Set struct {
	// units are parsed when they are used first.
	units map[unitKey]func() *unit
}

// unit holds the three parts of one mail in one language.
type unit struct {
	key     unitKey
	subject *texttemplate.Template
	text    *texttemplate.Template
	html    *htmltemplate.Template
	// sizes are how many bytes a part's file and the layout have. Their results have
	// about as many.
	sizes map[string]int
}

// Reminder renders the reminder for d.Day. languages are those that the client
// may want, the best first, as Odoo writes them (fr_CA); see
// [language.Fallbacks]. Within a language, the text for that day comes before
// the general one. An error is an [*overlay.FileError]: Load tries every template,
// but not with every record.
func (s *Set) Reminder(languages []string, d ReminderData) (Mail, error) {
	return s.render(languages, d, unitKey{Mail: reminderMail, Day: d.Day}, unitKey{Mail: reminderMail, Day: anyDay})
}

// Feedback renders the mail that asks a client for an opinion. Languages and
// errors are as for [Set.Reminder]. A link is required; Subject and Chatter do
// not contain it.
func (s *Set) Feedback(languages []string, d FeedbackData) (Mail, error) {
	return s.feedback(feedbackMail, languages, d)
}

// FeedbackReminder renders the mail that reminds of a questionnaire; otherwise it
// is like [Set.Feedback].
func (s *Set) FeedbackReminder(languages []string, d FeedbackData) (Mail, error) {
	return s.feedback(feedbackReminderMail, languages, d)
}

// FeedbackLanguage returns the language in which [Set.Feedback] writes.
func (s *Set) FeedbackLanguage(languages []string) string {
	for _, lang := range language.Fallbacks(languages) {
		if s.units[unitKey{Mail: feedbackMail, Lang: lang, Day: anyDay}] != nil {
			return lang
		}
	}
	return language.Last
}

func (s *Set) feedback(mail mailName, languages []string, d FeedbackData) (Mail, error) {
	if d.Link == "" {
		return Mail{}, fmt.Errorf("render %s: there is no link to answer", mail)
	}
	return s.render(languages, d, unitKey{Mail: mail, Day: anyDay})
}

// render uses the first key that exists in the first language that has one.
func (s *Set) render(languages []string, d data, keys ...unitKey) (Mail, error) {
	for _, lang := range language.Fallbacks(languages) {
		for _, key := range keys {
			key.Lang = lang
			if parsed := s.units[key]; parsed != nil {
				return parsed().render(in(d, lang))
			}
		}
	}
	return Mail{}, fmt.Errorf("find %s in %s: no such template", keys[0].Mail, strings.Join(languages, ", "))
}

// data is what the templates of one kind of mail may use.
type data interface {
	// with returns the data after a change of what all mails have.
	with(change func(*MailData)) data
	// secret tells whether a secret of the client's is in the data, and public returns the
	// data without it.
	secret() bool
	public() data
	// link returns where the client answers, or nothing.
	link() string
}

var (
	_ data = ReminderData{}
	_ data = FeedbackData{}
	_ data = WarningData{}
)

// in returns the data for templates of a language.
func in(d data, lang string) data {
	return d.with(func(m *MailData) { m.Language, m.Company = language.Tag(lang), m.Company.in(lang) })
}

// render fills all parts, and fails when one of them is empty. The part for Odoo
// is filled without the client's secret, because a template may also show the
// link as text.
func (u *unit) render(d data) (Mail, error) {
	subject, err := u.oneLine(d)
	if err != nil {
		return Mail{}, err
	}
	text, err := u.plain(d)
	if err != nil {
		return Mail{}, err
	}
	message, document, err := u.document(d)
	if err != nil {
		return Mail{}, err
	}
	if d.secret() {
		open, err := u.fillContent(d.public())
		if err != nil {
			return Mail{}, err
		}
		message.body = parseFragment(open)
	}
	return Mail{
		Template: u.key.name(),
		Language: u.key.Lang,
		Subject:  subject,
		HTML:     document,
		Text:     text,
		Chatter:  chatter(message.body),
	}, nil
}

func (u *unit) oneLine(d data) (string, error) {
	file := u.key.file("subject")
	raw, err := fill(file, maxSubject, u.sizes["subject"], func(w io.Writer) error { return u.subject.Execute(w, d.public()) })
	if err != nil {
		return "", err
	}
	subject := lines.One(raw, maxSubjectRunes)
	if subject == "" {
		return "", &overlay.FileError{File: file, Err: errNothing}
	}
	return subject, nil
}

func (u *unit) plain(d data) (string, error) {
	file := u.key.file("txt")
	raw, err := fill(file, maxText, u.sizes["txt"], func(w io.Writer) error { return u.text.Execute(w, d) })
	if err != nil {
		return "", err
	}
	text := lines.Wrap(raw, lines.Columns)
	switch {
	case text == "":
		err = errNothing
	case !strings.Contains(text, d.link()):
		err = errNoLink
	default:
		return text, nil
	}
	return "", &overlay.FileError{File: file, Err: err}
}

// content is the message itself, without the document around it.
type content struct {
	html string
	// body is an element with the same in it.
	body *html.Node
}

func (u *unit) content(d data) (content, error) {
	filled, err := u.fillContent(d)
	if err != nil {
		return content{}, err
	}
	body := parseFragment(filled)
	switch {
	case body == nil || !showsText(body):
		err = errNothing
	case hasDocument(filled):
		err = errDocument
	case !linksTo(body, d.link()):
		err = errNoLink
	default:
		return content{html: filled, body: body}, nil
	}
	return content{}, &overlay.FileError{File: u.key.file("html"), Err: err}
}

// hasDocument tells whether a text has a tag that belongs to the document around the
// message.
func hasDocument(text string) bool {
	for {
		_, after, found := strings.Cut(text, "<")
		if !found {
			return false
		}
		for _, tag := range [...]string{"!doctype", "html", "head", "body"} {
			if len(after) >= len(tag) && strings.EqualFold(after[:len(tag)], tag) {
				return true
			}
		}
		text = after
	}
}

func (u *unit) fillContent(d data) (string, error) {
	return fill(u.key.file("html"), maxHTML, u.sizes["html"], func(w io.Writer) error { return u.html.ExecuteTemplate(w, contentName, d) })
}

// preheader is the line that an inbox shows after the subject, as plain text; empty
// if the mail's file defines none.
func (u *unit) preheader(d data) (string, error) {
	if u.html.Lookup(preheaderName) == nil {
		return "", nil
	}
	raw, err := fill(u.key.file("html"), maxHTML, 0, func(w io.Writer) error { return u.html.ExecuteTemplate(w, preheaderName, d.public()) })
	return lines.One(plainText(raw), maxPreheader), err
}

// linksTo reports whether a link in the body has the target. It is true when there is
// no target.
func linksTo(body *html.Node, target string) bool {
	if target == "" {
		return true
	}
	for n := range body.Descendants() {
		if n.DataAtom == atom.A && attr(n, "href") == target {
			return true
		}
	}
	return false
}

// showsText reports whether a reader sees a text in the body.
func showsText(n *html.Node) bool {
	switch {
	case n.Type == html.TextNode:
		return field(n.Data) != ""
	case isHidden(n), n.DataAtom == atom.Style, n.DataAtom == atom.Script:
		return false
	}
	for c := range n.ChildNodes() {
		if showsText(c) {
			return true
		}
	}
	return false
}

// document returns the message and the document around it.
func (u *unit) document(d data) (message content, document string, err error) {
	if message, err = u.content(d); err != nil {
		return message, "", err
	}
	preheader, err := u.preheader(d)
	if err != nil {
		return message, "", err
	}
	d = d.with(func(m *MailData) { m.Preheader = preheader })
	document, err = fill(layoutFile, maxHTML, u.sizes[layoutFile]+len(message.html), func(w io.Writer) error { return u.html.ExecuteTemplate(w, layoutFile, d) })
	if err == nil && !strings.Contains(document, message.html) {
		err = &overlay.FileError{File: layoutFile, Err: errNoContent}
	}
	return message, document, err
}

// fill runs a template, whose result has about so many bytes, and returns at most limit
// of them. file is used when an error names no file.
func fill(file string, limit, about int, execute func(io.Writer) error) (string, error) {
	w := limitedWriter{left: limit}
	w.text.Grow(min(about*3/2, limit)) // The fields come in addition.
	if err := execute(&w); err != nil {
		return "", templateError(file, err)
	}
	return w.text.String(), nil
}

// limitedWriter keeps what is written, up to a limit, so that a template cannot
// use up the memory.
type limitedWriter struct {
	text strings.Builder
	left int
}

// Write implements io.Writer.
func (w *limitedWriter) Write(p []byte) (int, error) {
	if len(p) > w.left {
		return 0, errTooLong
	}
	w.left -= len(p)
	return w.text.Write(p)
}
