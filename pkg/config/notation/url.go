package notation

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// ParseURL reads the address of a server, with nothing after it but slashes, which
// it leaves out. The text may be empty.
func ParseURL(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		text = scheme + "://" + strings.TrimRight(rest, "/")
	}
	return text, checkURL(text)
}

// checkURL accepts the address of a server with nothing after it.
func checkURL(text string) error {
	if !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://") {
		return errors.New("must begin with https://")
	}
	u, err := url.Parse(text)
	if err != nil {
		// The parser's message quotes the URL, which may hold a password.
		return errors.New("is not a valid URL")
	}
	switch {
	case u.User != nil:
		return errors.New("must not contain a user or password: they have their own settings")
	case u.Hostname() == "":
		return errors.New("has no host name")
	case u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#"):
		return fmt.Errorf("must end after the host: %s://%s", u.Scheme, u.Host)
	}
	return nil
}

// AddressMark stands in a link for a client's address.
const AddressMark = "{address}"

// ParseLink reads the address of a page over HTTPS, with [AddressMark] once in its path
// or query. The text may be empty.
func ParseLink(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	switch {
	case !strings.HasPrefix(text, "https://"):
		return text, errors.New("must begin with https://")
	case strings.Count(text, AddressMark) != 1:
		return text, errors.New("must have " + AddressMark + " where the client's address goes, once")
	}
	u, err := url.Parse(LinkFor(text, "zoe@client.example"))
	switch {
	case err != nil || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`<>"\\^|,`+"`", r) }):
		return text, errors.New("is not a valid URL")
	case u.User != nil:
		return text, errors.New("must not contain a user or password")
	case u.Hostname() == "" || strings.Contains(u.Host, "%") || strings.Contains(u.Host, "zoe"):
		return text, errors.New("has no host name")
	case u.Fragment != "":
		return text, errors.New("must not have a #: no server gets what follows it")
	}
	return text, nil
}

// LinkFor returns a link for a client's address; empty if one of both is.
func LinkFor(link, mailbox string) string {
	if link == "" || mailbox == "" {
		return ""
	}
	return strings.Replace(link, AddressMark, strings.ReplaceAll(url.QueryEscape(mailbox), "+", "%20"), 1)
}

// IsCleartext reports whether a URL goes unencrypted to another host.
func IsCleartext(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "http" && !isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// MaskLogin writes a mask over the user and password in a URL.
func MaskLogin(text, mask string) string {
	at := strings.LastIndexByte(text, '@')
	if at < 0 {
		return text
	}
	if scheme, _, ok := strings.Cut(text[:at], "://"); ok && (scheme == "http" || scheme == "https") {
		return scheme + "://" + mask + text[at:]
	}
	return mask + text[at:]
}

// CheckTokenURL accepts the address of a token server (RFC 6749). It wants encryption, because client and token are proven by secrets alone.
func CheckTokenURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return errors.New("is not an address as https://oauth2.example.com/token")
	case u.Scheme != "https" && IsCleartext(u.Scheme+"://"+u.Host):
		return errors.New("must begin with https://, as secrets are sent there")
	case u.Scheme != "https" && u.Scheme != "http":
		return errors.New("must begin with https://")
	}
	return nil
}
