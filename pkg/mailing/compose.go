// Package mailing is what the runs that send mails share: composing a mail,
// wording the notes about it, and settling what an earlier run left open.
//
// The [Composer] turns a rendered text into a mail with its envelope and its copy
// for the chatter. The [Mailer] recovers the claims of runs that died, and
// [Settle] carries out a person's decision about a mail in doubt. Sending itself
// is the ledger's.
package mailing

import (
	"fmt"
	"log/slog"
	"path"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/crm"
	"github.com/crm-tool/crm-tool/pkg/language"
	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/render"
	"github.com/crm-tool/crm-tool/pkg/rule"
)

// Composer makes mails out of decisions. All that can be wrong with a mail
// comes out here, before anything is claimed.
type Composer struct {
	Templates *render.Set
	Notes     *Notes
	// From is the sender; its domain is the Message-ID's.
	From address.Address
	// ReplyTo and EnvelopeFrom replace the company's addresses in Odoo, whose
	// mail Odoo fetches.
	ReplyTo      address.Address
	EnvelopeFrom address.Address
	// OdooSends says that Odoo decides where delivery reports go.
	OdooSends bool
	// Rules say who writes about some opportunities, in which words, and where
	// answers go. Sets are their templates by name.
	Rules rule.List
	Sets  map[string]*render.Set
	// Language is for clients without one. Without it, the company's is used.
	Language string
	// UnsubscribeURL returns where a client asks for no more mails, by their mailbox;
	// it is nil if there is no such page.
	UnsubscribeURL func(mailbox string) string
	// NameSalesperson puts the salesperson's name before the sender's address. The
	// address stays: SPF, DKIM and DMARC are about that.
	NameSalesperson bool
	// Names says which names of opportunities clients read; empty is all.
	Names crm.NameRule
	// Zone is where dates are written.
	Zone *time.Location
	// Keep, if it is set, is called with every mail that was made.
	Keep func(Draft)
	// Log, when set, gets a warning when answers or delivery reports will not
	// reach Odoo; one of each in a run.
	Log *slog.Logger

	warnedReplies, warnedReports bool
}

// Draft is a finished mail, and what it is about.
type Draft struct {
	Opportunity crm.Opportunity
	Kind        crm.EntryKind
	// Step is the reminder's day, ActivityType the name of what a questionnaire
	// is about.
	Step         int
	ActivityType string
	Message      mail.Message
	Raw          []byte
	// NameNote is what [Composer.NameNote] says.
	NameNote string
}

// Languages returns the languages to try for a client, the best first.
func (l *Composer) Languages(r crm.Record) []string {
	return []string{r.Opportunity.Language, r.Contact.Language, l.Language, r.Company.Language}
}

// TemplatesFor returns the templates of the mails about an opportunity.
func (l *Composer) TemplatesFor(o crm.Opportunity) *render.Set {
	if set := l.Sets[l.setFor(o)]; set != nil {
		return set
	}
	return l.Templates
}

// setFor returns the name of the templates that a rule gives an opportunity; empty for
// none.
func (l *Composer) setFor(o crm.Opportunity) string { return l.Rules.For(o).Templates }

// sender returns who writes about an opportunity, and where answers go.
func (l *Composer) sender(r crm.Record) (from, replyTo address.Address) {
	own := l.Rules.For(r.Opportunity)
	from, replyTo = own.From, own.ReplyTo
	if from.IsZero() {
		from = l.From
	}
	if l.NameSalesperson && r.Salesperson.Active {
		if named, err := address.New(r.Salesperson.Name, from.Mailbox); err == nil && named.Name != "" {
			from = named
		}
	}
	if replyTo.IsZero() {
		replyTo = firstAddress(l.ReplyTo, r.Company.Catchall)
	}
	return from, replyTo
}

// FeedbackLanguage returns the language of a client's mails with questionnaires as
// Odoo writes it, with a country. A language without one gets the country that is
// called like it: fr_FR. English is empty: Odoo answers in it unless it is asked for another.
func (l *Composer) FeedbackLanguage(r crm.Record) string {
	languages := l.Languages(r)
	chosen, _, _ := strings.Cut(l.TemplatesFor(r.Opportunity).FeedbackLanguage(languages), "_")
	for _, code := range languages {
		if base, _, country := strings.Cut(code, "_"); country && base == chosen {
			return code
		}
	}
	if chosen == language.Last {
		return ""
	}
	return chosen + "_" + strings.ToUpper(chosen)
}

// RenderRecord returns what templates get of a record.
func (l *Composer) RenderRecord(r crm.Record) render.Record {
	return render.Record{
		Opportunity: r.Opportunity, Title: l.Names.TitleOf(r),
		Contact: r.Contact, Salesperson: r.Salesperson, Company: r.Company,
		Unsubscribe: l.unsubscribe(r),
	}
}

// unsubscribe returns where the client of a record asks for no more mails.
func (l *Composer) unsubscribe(r crm.Record) string {
	to, _ := r.Addressees()
	if l.UnsubscribeURL == nil || to.IsZero() {
		return ""
	}
	return l.UnsubscribeURL(to.Mailbox)
}

// NameNote says if an opportunity's name looks internal, what its client reads then,
// and what to do; empty if not.
func (l *Composer) NameNote(r crm.Record) string {
	word := r.Opportunity.InternalWord()
	switch {
	case word == "" || l.Names == crm.NamesHide:
		return ""
	case l.Names.TitleOf(r) != "":
		return fmt.Sprintf("the client reads the name of the opportunity, and “%s” in it looks internal: rename it in Odoo, or set mail.subject_names to auto", word)
	}
	return fmt.Sprintf("the client does not read the name of the opportunity, since “%s” in it looks internal: rename it in Odoo, or set mail.subject_names to show", word)
}

// Addressed is what makes a mail of a text.
type Addressed struct {
	To, CC    address.Address
	Key       crm.Key
	MessageID string
	At        time.Time
	// ActivityType is what a questionnaire is about.
	ActivityType string
}

// Compose makes a mail of a text.
func (l *Composer) Compose(r crm.Record, text render.Mail, a Addressed) (ledger.Mail, error) {
	opening, _ := r.Opening(a.Key)
	from, replyTo := l.sender(r)
	msg := mail.Message{
		From: from, ReplyTo: replyTo, To: []address.Address{a.To}, CC: copies(a.CC),
		Subject: text.Subject, Text: text.Text, HTML: text.HTML,
		MessageID: a.MessageID, Answers: opening.MessageID, Date: a.At.In(l.Zone), Language: headerLanguage(text),
	}
	if msg.Unsubscribe = replyTo; replyTo.IsZero() {
		msg.Unsubscribe = from
	}
	if l.UnsubscribeURL != nil {
		msg.UnsubscribeURL = l.UnsubscribeURL(a.To.Mailbox)
	}
	letter, err := l.finish(r, msg, a.Key, a.ActivityType)
	letter.Subject = text.Subject
	letter.Template = path.Join(l.setFor(r.Opportunity), text.Template)
	letter.Body = recipients(l.Notes.In(r.Salesperson.Language), a.To, a.CC) + text.Chatter
	return letter, err
}

// headerLanguage is the language of a text as a header names it (RFC 3282).
func headerLanguage(text render.Mail) string { return language.Tag(text.Language) }

// finish writes a mail and keeps it. What its claim says in the chatter is left to the
// caller.
func (l *Composer) finish(r crm.Record, msg mail.Message, key crm.Key, activityType string) (ledger.Mail, error) {
	raw, err := mail.Compose(msg)
	if err != nil {
		return ledger.Mail{}, fmt.Errorf("compose the mail: %w", err)
	}
	if l.Keep != nil {
		l.Keep(Draft{Opportunity: r.Opportunity, Kind: key.Kind, Step: key.Step, ActivityType: activityType, Message: msg, Raw: raw, NameNote: l.NameNote(r)})
	}
	envelope := mail.Envelope{From: msg.From.Mailbox, To: msg.To[0].Mailbox}
	bounce := firstAddress(l.EnvelopeFrom, r.Company.Bounce)
	if !bounce.IsZero() {
		envelope.From = bounce.Mailbox
	}
	l.warn(r.Opportunity.ID, msg.ReplyTo, bounce)
	for _, cc := range msg.CC {
		envelope.CC = append(envelope.CC, cc.Mailbox)
	}
	return ledger.Mail{
		Claim:    ledger.Claim{Key: key, MessageID: msg.MessageID, From: msg.From.String(), ReplyTo: msg.ReplyTo.String()},
		Language: r.Salesperson.Language, Envelope: envelope, Raw: raw,
	}, nil
}

// warn warns of a mail whose answers or delivery reports Odoo will not see.
func (l *Composer) warn(o crm.OpportunityID, replyTo, bounce address.Address) {
	if l.Log == nil {
		return
	}
	if replyTo.IsZero() && !l.warnedReplies {
		l.warnedReplies = true
		l.Log.Warn("the mails have no Reply-To, so that answers go to mail.from and are not seen in Odoo; "+
			"set mail.reply_to, or a catchall alias in Odoo", "opportunity", o)
	}
	if bounce.IsZero() && !l.OdooSends && !l.warnedReports {
		l.warnedReports = true
		l.Log.Warn("Odoo tells no bounce address (version 16 never does), so that delivery reports go to mail.from and are not counted in Odoo; "+
			"set mail.envelope_from", "opportunity", o)
	}
}

// firstAddress returns the configured address, or else Odoo's if it is one.
func firstAddress(configured address.Address, odoo string) address.Address {
	if !configured.IsZero() {
		return configured
	}
	a, err := address.First(odoo)
	if err != nil {
		return address.Address{}
	}
	return a
}

func copies(cc address.Address) []address.Address {
	if cc.IsZero() {
		return nil
	}
	return []address.Address{cc}
}
