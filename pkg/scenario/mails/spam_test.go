//go:build mails

package mails_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/scenario/mails"
)

// SpamAssassin counts what makes a mail look like spam; from 5 on it is. Ours have less
// than 1, with the rules of Debian's package and without those that ask the network:
// SPF, DKIM and DMARC, lists of addresses and of links, Razor, Pyzor and DCC. What a
// scanner learned does not count either.
func TestSpamAssassinLikesEveryMail(t *testing.T) {
	t.Parallel()
	const most = 1.0
	list := all(t)
	contents := map[string]string{}
	for _, m := range list {
		contents[m.Name()] = received(m)
	}
	found := scan(t, contents)
	require.Len(t, found, len(list))
	for _, m := range list {
		v := found[m.Name()]
		t.Logf("%-36s %4.1f %s", m.Name(), v.score, v.rules)
		assert.Less(t, v.score, most, "%s: %s", m.Name(), v.rules)
	}
}

// A scanner that finds nothing would like every mail.
func TestSpamAssassinFindsSpam(t *testing.T) {
	t.Parallel()
	const spam = 5.0
	mail := func(subject, body string) string {
		return received(mails.Mail{Raw: []byte("Date: Mon, 02 Mar 2026 09:00:00 +0000\r\nFrom: sales@example.com\r\nTo: zoe@client.example\r\n" +
			"Message-ID: <1@example.com>\r\nSubject: " + subject + "\r\n\r\n" + body + "\r\n")})
	}
	found := scan(t, map[string]string{
		"test":  mail("GTUBE", "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"),
		"pills": mail("BUY VIAGRA CIALIS ONLINE!!! 100% FREE $$$", "Dear friend, click here to buy cheap Viagra and Cialis without prescription, 100% guaranteed! Lose weight now! Act now! http://198.51.100.7/pills"),
		"heir":  mail("URGENT BUSINESS PROPOSAL", "I am the widow of the late director of the bank in Nigeria. I need your assistance to transfer the sum of USD 25,000,000 million dollars to your account. Your urgent response and your bank account number are needed in strict confidence."),
	})
	for name, v := range found {
		t.Logf("%s: %.1f %s", name, v.score, v.rules)
		assert.GreaterOrEqual(t, v.score, spam, name)
	}
	assert.Len(t, found, 3)
}

// received is a mail as it is in its reader's mail server, which has it from a relay.
func received(m mails.Mail) string {
	date := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	if m.Header.Get("Date") != "" {
		date, _ = m.Header.Date() // It is what the program wrote.
	}
	at := date.Add(2 * time.Second).Format(time.RFC1123Z)
	return "Return-Path: <bounce@example.com>\n" +
		"Received: from smtp.example.com (smtp.example.com [IPv6:2001:db8::25])\n\tby mx.client.example (Postfix) with ESMTPS id 4B1C2D3E4F\n\tfor <zoe@client.example>; " + at + "\n" +
		"Received: from crm.example.com (crm.example.com [IPv6:2001:db8::7])\n\tby smtp.example.com (Postfix) with ESMTPSA id 5A6B7C8D9E\n\tfor <zoe@client.example>; " + at + "\n" +
		strings.ReplaceAll(string(m.Raw), "\r\n", "\n")
}

// verdict is what the scanner says about a mail.
type verdict struct {
	score float64
	rules string
}

var verdictForm = regexp.MustCompile(`(?m)^X-Spam-Status: (?:Yes|No), score=(\S+) required=\S+ tests=((?:\S+\n?\s?)*?)\s+autolearn=[^\x00]*?^X-Name: (.*)$`)

// scan lets SpamAssassin look at mails, by their names, with settings of its own.
func scan(t *testing.T, contents map[string]string) map[string]verdict {
	t.Helper()
	settings := t.TempDir()
	plugins, err := filepath.Glob("/etc/spamassassin/*.pre")
	require.NoError(t, err)
	require.NotEmpty(t, plugins, "SpamAssassin is not set up; run make test-mails")
	for _, path := range plugins {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(settings, filepath.Base(path)), content, 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(settings, "local.cf"), []byte("use_bayes 0\nreport_safe 0\ndns_available no\n"), 0o600))
	var box strings.Builder
	for name, content := range contents {
		fmt.Fprintf(&box, "From bounce@example.com Mon Mar  2 09:00:00 2026\nX-Name: %s\n%s\n", name, strings.ReplaceAll(content, "\nFrom ", "\n>From "))
	}
	out := run(t, box.String(), "spamassassin", "--local", "--nocreate-prefs", "--configpath=/usr/share/spamassassin", "--siteconfigpath="+settings,
		"--prefspath="+filepath.Join(settings, "none"), "--mbox")
	found := map[string]verdict{}
	for _, m := range verdictForm.FindAllStringSubmatch(string(out), -1) {
		score, err := strconv.ParseFloat(m[1], 64)
		require.NoError(t, err)
		found[m[3]] = verdict{score: score, rules: strings.Join(strings.Fields(m[2]), "")}
	}
	return found
}
