package smtp

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/crm-tool/crm-tool/pkg/ledger"
)

// What servers say of a mail's sender or of its number instead of its client.
// Many say it with the code 550, which is also the one for an unknown mailbox.
var (
	limitWords  = regexp.MustCompile(`limit|quota|exceed|too (many|much|fast|quick)|\brate\b|hourly|daily|throttl`)
	senderWords = regexp.MustCompile(`sender|mail from|from address|\bspf\b|dkim|dmarc`)
	blockWords  = regexp.MustCompile(`block|black ?list|deny ?list|\blisted|spam|\brbl|dnsbl|reputation|\bptr\b|reverse dns|\bhelo\b`)
	laterWords  = regexp.MustCompile(`gr[ae]y|again|later|in progress|temporar|wait|retry|defer|minutes|seconds`)
	loginWords  = regexp.MustCompile(`relay|rcpthosts|authenti|\bauth\b|log ?in|permi(tt|ss)|not allowed|denied|prohibited|polic`)
)

// fields returns the words of the reply's text, without addresses: what they say
// is not the server's.
func (e *Error) fields() []string {
	words := strings.FieldsFunc(strings.ToLower(e.Text), func(r rune) bool { return strings.ContainsRune(" <>()[]{};,\"'", r) })
	return slices.DeleteFunc(words, func(w string) bool { return strings.Contains(w, "@") })
}

// words returns the fields without those that have a number, which may be another
// one from mail to mail.
func (e *Error) words() []string {
	return slices.DeleteFunc(e.fields(), func(w string) bool { return strings.ContainsAny(w, "0123456789") })
}

// Words implements [ledger.DeliveryError].
func (e *Error) Words() string {
	return strings.Join(append([]string{strconv.Itoa(e.Code)}, e.words()...), " ")
}

// says tells whether the reply contains words of a kind.
func (e *Error) says(kind *regexp.Regexp) bool { return kind.MatchString(strings.Join(e.words(), " ")) }

// codes returns the enhanced codes of the reply, wherever they stand in it. One
// that says nothing more than that something is wrong is left out. So is a code
// in the text that is of another class than the reply: it is likely the version
// of a program.
func (e *Error) codes() [][3]int {
	var all [][3]int
	add := func(code [3]int) {
		if code[2] != 0 || code[1] != 0 && code[1] != 1 && code[1] != 5 {
			all = append(all, code)
		}
	}
	add(e.Enhanced)
	for _, field := range e.fields() {
		for word := range strings.FieldsFuncSeq(field, func(r rune) bool { return strings.ContainsRune(":-=#", r) }) {
			if code, rest := cutEnhanced(strings.TrimRight(word, ".")); rest == "" && code[0] == e.Code/100 {
				add(code)
			}
		}
	}
	return all
}

// aboutClient tells whether an enhanced code says that the client's mailbox does
// not exist or is closed.
func aboutClient(code [3]int) bool {
	switch code {
	case [3]int{5, 1, 1}, [3]int{5, 1, 2}, [3]int{5, 1, 3}, [3]int{5, 1, 4}, [3]int{5, 1, 6}, [3]int{5, 1, 10}, [3]int{5, 2, 1}:
		return true
	}
	return false
}

func aboutSender(code [3]int) bool { return code[1] == 1 && (code[2] == 7 || code[2] == 8) }

// refusal returns what a reply at RCPT, or one about the client alone, says about
// the client. At any other step only a code can speak of the client.
func (e *Error) refusal() ledger.Failure {
	codes := e.codes()
	client, mailbox := len(codes) > 0, len(codes) > 0
	for _, code := range codes {
		client = client && aboutClient(code)
		mailbox = mailbox && code[1] == 2
	}
	limited := e.says(limitWords)
	switch {
	case e.Recipients != 1, e.Stage != StageRcpt && !client:
		return ledger.FailureMail
	case client && e.Code >= 500 && !limited && (e.says(senderWords) || e.says(blockWords)):
		return ledger.FailureClientPerhaps // The code is the client's, the words are not.
	case client && e.Code >= 500 && !limited:
		return ledger.FailureClient
	case client, mailbox, e.Code < 500 && !limited && !e.denied():
		return ledger.FailureClientForNow
	case e.silent(codes):
		return ledger.FailureClientPerhaps
	default:
		return ledger.FailureSender
	}
}

// denied tells whether the reply is about this host, its login or the sender, which
// no later try changes. Postfix says it of a missing login with the code 454.
func (e *Error) denied() bool {
	return !e.says(laterWords) && (e.says(loginWords) || e.says(senderWords) || e.says(blockWords) || slices.ContainsFunc(e.codes(), aboutSender))
}

// silent tells whether the reply does not say why it refuses the recipient. It
// often means that the mailbox does not exist, but not always.
func (e *Error) silent(codes [][3]int) bool {
	return len(codes) == 0 && (e.Code == 550 || e.Code == 551 || e.Code == 553) &&
		!e.says(limitWords) && !e.says(senderWords) && !e.says(blockWords) && !e.says(loginWords)
}

// refusalHint returns the advice about a refused recipient or sender, or nothing.
func (e *Error) refusalHint() string {
	switch failure := e.Failure(); {
	case failure == ledger.FailureClientPerhaps:
		return "see in the mail server's log why; if it refuses this client alone, correct the address in Odoo"
	case failure != ledger.FailureSender && (e.Stage != StageMail || e.Code == 0):
		return ""
	case e.says(limitWords):
		return "the mail server limits how many mails it takes: the next run goes on; ask its provider, or spread the mails with --limit"
	case e.Code < 500 && !e.denied():
		return ""
	case e.says(blockWords):
		return "the server refuses mail from this host or sender: see what it says, or ask its provider"
	case e.Stage == StageMail, e.says(senderWords), slices.ContainsFunc(e.codes(), aboutSender):
		return "check mail.envelope_from and mail.from, or from in rules: the server refuses this sender"
	default:
		return "if the server wants a login, set smtp.user and smtp.password_file"
	}
}
