package gallery

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
)

//go:embed page.html page.css page.js
var files embed.FS

// indexData is what page.html shows.
type indexData struct {
	Page
	Mails  []indexMail
	Policy string
	Style  template.CSS
	Script template.JS
}

// indexMail is a mail with the name of its files, as the page's script reads
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
	Cc          []string `json:"cc"`
	Subject     string   `json:"subject"`
	HTML        string   `json:"html"`
	Text        string   `json:"text"`
}

// renderIndex makes index.html, which carries everything that it shows.
func renderIndex(page Page) ([]byte, error) {
	t, err := template.ParseFS(files, "page.html")
	if err != nil {
		return nil, err
	}
	style, err := files.ReadFile("page.css")
	if err != nil {
		return nil, err
	}
	script, err := files.ReadFile("page.js")
	if err != nil {
		return nil, err
	}
	data := indexData{
		Page:   page,
		Policy: policy(script),
		Style:  template.CSS(style),
		Script: template.JS(script),
	}
	for i, mail := range page.Mails {
		data.Mails = append(data.Mails, newIndexMail(baseName(i, mail), mail))
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func newIndexMail(file string, mail Item) indexMail {
	return indexMail{
		File:        file,
		Opportunity: mail.Opportunity,
		Name:        mail.Name,
		Kind:        mail.Kind,
		Language:    mail.Language,
		From:        mail.From,
		ReplyTo:     mail.ReplyTo,
		To:          mail.To,
		Cc:          mail.Cc,
		Subject:     mail.Subject,
		HTML:        mail.HTML,
		Text:        mail.Text,
	}
}

// policy is the page's Content-Security-Policy: this one script, styles, and
// nothing from outside. The frames in which mails are shown inherit it.
func policy(script []byte) string {
	sum := sha256.Sum256(script)
	return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
		"script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
