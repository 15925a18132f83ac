package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

// Client is a client who was asked for an opinion.
type Client struct {
	Address string
	// Link is where they answer.
	Link string
}

// Reply returns the mail that a client answers the last mail to them with.
func Reply(mailbox *sandboxsmtp.Mailbox, client string, at time.Time, text string) (string, error) {
	for _, m := range slices.Backward(mailbox.Messages()) {
		letter, err := m.Parse()
		if err != nil {
			return "", err
		}
		if !slices.ContainsFunc(letter.To, func(to string) bool { return strings.Contains(to, client) }) {
			continue
		}
		return strings.Join([]string{
			"From: " + client, "To: " + strings.Join(letter.ReplyTo, ", "), "Subject: Re: " + letter.Subject,
			"Message-ID: <reply@" + client[strings.Index(client, "@")+1:] + ">", "Date: " + at.Format(time.RFC1123Z),
			"In-Reply-To: " + "<" + letter.MessageID + ">", "Content-Type: text/plain; charset=utf-8", "", text, "",
		}, "\r\n"), nil
	}
	return "", fmt.Errorf("there is no mail to %s to answer", client)
}

var surveyLink = regexp.MustCompile(`https?://[^\s<>"]+/survey/start/[^\s<>"]+`)

// Clients returns who got a mail with a questionnaire, by address.
func Clients(mailbox *sandboxsmtp.Mailbox) ([]Client, error) {
	var list []Client
	for _, m := range mailbox.Messages() {
		letter, err := m.Parse()
		if err != nil {
			return nil, err
		}
		link := surveyLink.FindString(letter.Text)
		if link == "" || slices.ContainsFunc(list, func(a Client) bool { return a.Link == link }) {
			continue
		}
		list = append(list, Client{Address: strings.Join(letter.To, ", "), Link: link})
	}
	slices.SortFunc(list, func(a, b Client) int { return strings.Compare(a.Address, b.Address) })
	return list, nil
}

// What a client can choose or write on the sandbox's page of a survey.
var (
	surveyForm   = regexp.MustCompile(`<form method="post" action="([^"]+)"`)
	surveyChoice = regexp.MustCompile(`type="(?:radio|checkbox)" name="([0-9]+)" value="([0-9]+)"`)
	surveyText   = regexp.MustCompile(`<textarea [^>]*name="([0-9]+)"`)
)

// Answer does what a client does in a browser: it opens the link, starts, chooses the
// answer with a number to each question, the first being 0 and the happiest, writes the
// words and submits.
func (c Client) Answer(ctx context.Context, choice int, words string) error {
	b := &browser{}
	if err := b.open(ctx, http.MethodGet, c.Link, nil); err != nil {
		return err
	}
	if err := b.submit(ctx, nil); err != nil {
		return err
	}
	answers := url.Values{}
	seen := map[string]int{}
	for _, offered := range surveyChoice.FindAllStringSubmatch(b.page, -1) {
		question, value := offered[1], offered[2]
		if seen[question] <= choice {
			answers.Set(question, value)
		}
		seen[question]++
	}
	for _, text := range surveyText.FindAllStringSubmatch(b.page, -1) {
		answers.Set(text[1], words)
	}
	return b.submit(ctx, answers)
}

// browser shows one page.
type browser struct {
	page    string
	address *url.URL
}

// submit sends the form of the page, and opens the page that follows.
func (b *browser) submit(ctx context.Context, values url.Values) error {
	form := surveyForm.FindStringSubmatch(b.page)
	if form == nil {
		return errors.New("the survey's page has no form")
	}
	target, err := b.address.Parse(form[1])
	if err != nil {
		return fmt.Errorf("read the survey's form: %w", err)
	}
	return b.open(ctx, http.MethodPost, target.String(), values)
}

// open opens a page and follows redirections. Values are the fields of a form.
func (b *browser) open(ctx context.Context, method, address string, values url.Values) error {
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(values.Encode()))
	if err != nil {
		return fmt.Errorf("open the survey: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// Nothing of the sandbox goes through a proxy.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("open the survey: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	if err != nil {
		return fmt.Errorf("open the survey: %w", err)
	}
	b.page, b.address = string(page), response.Request.URL
	return nil
}
