package mail_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/address"
	"github.com/crm-tool/crm-tool/pkg/mail"
)

// headerTexts are subjects and names that are hard to fold.
func headerTexts() []string {
	return []string{
		"Office chairs",
		"“Office chairs”: how is it going?",
		"« " + strings.Repeat("Bürostühle und Besprechungstische, ", 5) + "» : où en êtes-vous ?",
		strings.Repeat("x", 61) + " chairs",
		"Chairs for " + strings.Repeat("y", 150),
		strings.Repeat("é", 190),
		strings.Repeat("日本語の件名", 20),
		strings.Repeat("👩‍🚀 ", 30) + "end",
		`a "quoted" \ (comment), <b>; @ : . [x] = ? _ chairs ` + strings.Repeat("and more ", 10) + "é",
		strings.Repeat("a b ", 40) + "end",
		"= ?UTF-8?q?chairs?=",
	}
}

// headerOf returns a mail's bytes up to the end of its header.
func headerOf(t *testing.T, text string) []byte {
	t.Helper()
	msg := reminder()
	msg.Subject = text
	name := strings.TrimSpace(strings.NewReplacer("@", "", "<", "", ">", "").Replace(text))
	msg.From.Name, msg.CC = name, []address.Address{{Name: name, Mailbox: "sam@example.com"}, {Name: name, Mailbox: "amy@example.com"}}
	raw, err := mail.Compose(msg)
	require.NoError(t, err)
	header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	return append(header, "\r\n\r\n"...)
}

func TestHeadersAreFoldedIntoShortLinesThatAreNotEmpty(t *testing.T) {
	t.Parallel()
	for _, text := range headerTexts() {
		for line := range strings.SplitSeq(strings.TrimSpace(string(headerOf(t, text))), "\r\n") {
			assert.LessOrEqual(t, len(line), 76, "%s: %s", text, line)
			assert.NotRegexp(t, regexp.MustCompile(`^[A-Za-z-]+:\s*$|^\s*$`), line, text)
			for _, word := range regexp.MustCompile(`=\?[^?]*\?.\?[^?]*\?=`).FindAllString(line, -1) {
				assert.LessOrEqual(t, len(word), 75)
				part, err := new(mime.WordDecoder).Decode(word)
				require.NoError(t, err)
				assert.NotContains(t, part, "\ufffd", "%s: characters are whole", text)
			}
		}
	}
}

func TestOtherProgramsReadTheSameHeaders(t *testing.T) {
	t.Parallel()
	var headers []string
	var want [][]string
	for _, text := range headerTexts() {
		raw := headerOf(t, text)
		parsed, err := netmail.ReadMessage(bytes.NewReader(raw))
		require.NoError(t, err)
		subject, err := new(mime.WordDecoder).DecodeHeader(parsed.Header.Get("Subject"))
		require.NoError(t, err)
		assert.Equal(t, shown(text), subject)
		got := []string{subject}
		for _, field := range []string{"From", "Cc"} {
			list, err := parsed.Header.AddressList(field)
			require.NoError(t, err)
			for _, a := range list {
				got = append(got, a.Name, a.Address)
			}
		}
		assert.Equal(t, []string{"sales@example.com", "sam@example.com", "amy@example.com"}, []string{got[2], got[4], got[6]})
		assert.Equal(t, []string{got[1], got[1]}, []string{got[3], got[5]})
		headers, want = append(headers, string(raw)), append(want, got)
	}
	t.Run("Python", func(t *testing.T) {
		t.Parallel()
		assert.Equal(t, want, readByPython(t, headers))
	})
}

// shown is a subject as readers see it: white space at its ends is no part of it.
func shown(s string) string { return strings.Join(strings.Fields(s), " ") }

// readByPython returns subject, sender and copies as Python's parser of mails reads
// them.
func readByPython(t *testing.T, headers []string) [][]string {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no Python here")
	}
	in, err := json.Marshal(headers)
	require.NoError(t, err)
	python := exec.CommandContext(context.WithoutCancel(t.Context()), "python3", "-c", `
import email, email.policy, json, sys
from email.header import decode_header, make_header
from email.utils import getaddresses
out = []
for raw in json.load(sys.stdin):
    new = email.message_from_bytes(raw.encode("ascii"), policy=email.policy.default)
    old = email.message_from_bytes(raw.encode("ascii"))
    found = [str(new["Subject"])]
    # The new parser of addresses puts blanks between the encoded words of a name, against RFC 2047.
    for name, mailbox in getaddresses([old[f].replace("\r\n", "") for f in ("From", "Cc")]):
        found += [str(make_header(decode_header(name))), mailbox]
    found += [repr(d) for field in ("Subject", "From", "Cc") for d in new[field].defects]
    out.append(found)
json.dump(out, sys.stdout)`)
	python.Stdin = bytes.NewReader(in)
	out, err := python.Output()
	require.NoError(t, err)
	var read [][]string
	require.NoError(t, json.Unmarshal(out, &read))
	return read
}

func TestTextsAreEncodedAsGoDoesIt(t *testing.T) {
	t.Parallel()
	pieces := []string{" ", "\t", "\n", "=", "é", "日本", "👩‍🚀", "x", ".", "<p style=\"color:#fff\">", "  ", strings.Repeat("y", 30), "end "}
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var text strings.Builder
		for range 1 + random.IntN(80) {
			text.WriteString(pieces[random.IntN(len(pieces))])
		}
		text.WriteString("x\n")
		var want bytes.Buffer
		w := quotedprintable.NewWriter(&want)
		_, err := w.Write([]byte(text.String()))
		require.NoError(t, err)
		require.NoError(t, w.Close())
		msg := reminder()
		msg.Text, msg.HTML = text.String(), ""
		raw, err := mail.Compose(msg)
		require.NoError(t, err)
		_, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
		require.Equal(t, want.String(), string(body), "%q", text.String())
	}
}
