package gallery

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the parts of the page
	"encoding/base64"
	"fmt"
	"html/template"
)

var (
	//go:embed page.html
	indexHTML string
	//go:embed page.css
	style template.CSS
	//go:embed page.js
	script template.JS
)

// indexMail is a mail with the name of its files, as the script of the page reads
// it.
type indexMail struct {
	File        string   `json:"file"`
	Opportunity int64    `json:"opportunity"`
	Name        string   `json:"name"`
	Kind        string   `json:"kind"`
	Language    string   `json:"language"`
	From        string   `json:"from"`
	ReplyTo     string   `json:"replyTo"`
	To          []string `json:"to"`
	CC          []string `json:"cc"`
	Subject     string   `json:"subject"`
	HTML        string   `json:"html"`
	Text        string   `json:"text"`
}

// renderIndex returns index.html, which contains everything that it shows.
func renderIndex(page Page) ([]byte, error) {
	t, err := template.New(indexFile).Parse(indexHTML)
	if err != nil {
		return nil, err
	}
	mails := make([]indexMail, len(page.Mails))
	for i, item := range page.Mails {
		m := item.Message
		mails[i] = indexMail{
			File: baseName(i, item), Opportunity: item.Opportunity, Name: item.Name, Kind: item.Kind,
			Language: m.Language, From: m.From.String(), ReplyTo: m.ReplyTo.String(), To: shown(m.To), CC: shown(m.CC),
			Subject: m.Subject, HTML: m.HTML, Text: m.Text,
		}
	}
	var out bytes.Buffer
	err = t.Execute(&out, struct {
		Page
		Mails  []indexMail
		Policy string
		Style  template.CSS
		Script template.JS
	}{page, mails, policy(), style, script})
	return out.Bytes(), err
}

func shown[A fmt.Stringer](addresses []A) []string {
	texts := make([]string, len(addresses))
	for i, a := range addresses {
		texts[i] = a.String()
	}
	return texts
}

// policy returns the Content-Security-Policy of the page: only this script and
// inline styles, nothing from outside. The frames with mails inherit it.
func policy() string {
	sum := sha256.Sum256([]byte(script))
	return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
		"script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
