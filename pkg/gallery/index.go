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
		Style:  template.CSS(style), //nolint:gosec // a file of ours
		Script: template.JS(script), //nolint:gosec // a file of ours
	}
	for i, item := range page.Mails {
		data.Mails = append(data.Mails, newIndexMail(baseName(i, item), item))
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func newIndexMail(file string, item Item) indexMail {
	m := item.Message
	shown := indexMail{
		File:        file,
		Opportunity: item.Opportunity,
		Name:        item.Name,
		Kind:        item.Kind,
		Language:    m.Language,
		From:        m.From.String(),
		Subject:     m.Subject,
		HTML:        m.HTML,
		Text:        m.Text,
	}
	if !m.ReplyTo.IsZero() {
		shown.ReplyTo = m.ReplyTo.String()
	}
	for _, a := range m.To {
		shown.To = append(shown.To, a.String())
	}
	for _, a := range m.CC {
		shown.CC = append(shown.CC, a.String())
	}
	return shown
}

// policy returns the Content-Security-Policy of the page: only this script and
// inline styles, nothing from outside. The frames with mails inherit it.
func policy(script []byte) string {
	sum := sha256.Sum256(script)
	return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
		"script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
