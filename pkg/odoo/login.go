package odoo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/crm-tool/crm-tool/pkg/odoo/xmlvalue"
)

// oldest is the first version whose answers are known, newest the last.
const (
	oldest = 16
	newest = 20
)

// Version is Odoo's.
type Version struct {
	// Major is 16, 17 and so on; that of saas~17.4 is 17.
	Major int
	// Online says that it is one that only Odoo Online has, between two others.
	Online bool
	// Text is the version as Odoo writes it, such as "19.0".
	Text string
}

// Version returns Odoo's version; zero before Login.
func (c *Client) Version() Version { return c.version }

const askVersion = "ask for Odoo's version"

// Login asks for Odoo's version (common.version, /web/version) and for the user's id
// (common.authenticate, res.users.context_get), and learns Odoo's time. It must return
// before any other call, and before another goroutine uses the client.
func (c *Client) Login(ctx context.Context) (int64, error) {
	password := c.opts.Password()
	if password == "" {
		return 0, unset("odoo.password_file")
	}
	if xmlvalue.Text(password) != password {
		return 0, &Error{
			Kind: Misconfigured, Message: "the password for Odoo holds a character that XML-RPC cannot carry",
			Cure: "write another password or an API key into odoo.password_file, as UTF-8 text",
		}
	}
	if err := c.hello(ctx); err != nil {
		return 0, err
	}
	if c.version.Major > newest {
		c.opts.Logger.Warn("this Odoo is newer than those that crm-tool was tried with; try it on a copy of the database first",
			"odoo", c.version.Text, "newest", newest)
	}
	if c.API() == XMLRPC {
		c.selectDatabase(ctx)
	}
	if err := c.call(ctx, c.api.login(false), c.acceptUser); err != nil {
		return 0, err
	}
	return c.uid, nil
}

// hello asks for Odoo's version, and learns Odoo's time.
func (c *Client) hello(ctx context.Context) error {
	m := c.api.hello()
	err := c.call(ctx, m, c.acceptVersion)
	if c.opts.API == Auto {
		err = c.chooseAPI(ctx, err)
	}
	if err != nil {
		return err
	}
	if !c.clock.Observed() {
		return &Error{Kind: NoClock, Step: m.step, Message: "the answer of " + c.base + " has no Date header, and hosts cannot agree on the time"}
	}
	return c.compareClocks(m.step)
}

// chooseAPI goes over to JSON-2 if asking by XML-RPC failed as this Odoo does not have it any
// more. If it does not have JSON-2 either, the first error counts.
func (c *Client) chooseAPI(ctx context.Context, failed error) error {
	if failed == nil {
		c.opts.Logger.Debug("Odoo is called by XML-RPC, which it has, as odoo.api is auto")
		return nil
	}
	if e, ok := errors.AsType[*Error](failed); !ok || !hasNoXMLRPC(e) {
		return failed
	}
	c.api = json2{c}
	if err := c.call(ctx, c.api.hello(), c.acceptVersion); err != nil {
		c.api = xmlRPC{c}
		if IsKind(err, Temporary) {
			return err // There is something, which wants to be asked later.
		}
		return failed
	}
	c.opts.Logger.Info("Odoo is called by JSON-2: it has no XML-RPC any more, and odoo.api is auto")
	return nil
}

// compareClocks refuses clocks that cannot both be right, and warns if they
// differ by less.
func (c *Client) compareClocks(step string) error {
	apart := c.clock.Apart().Round(time.Second)
	here, there := c.clock.Wall().UTC().Format(time.RFC3339), c.clock.Now().Format(time.RFC3339)
	switch {
	case apart.Abs() > maxApart:
		return &Error{
			Kind: ClocksApart, Step: step,
			Message: fmt.Sprintf("the clocks of Odoo (%s) and of this host (%s) are %s apart", there, here, apart.Abs()),
		}
	case apart.Abs() > maxUnsaid:
		c.opts.Logger.Warn("the clocks of Odoo and of this host are apart, and what is due goes by Odoo's; set both by the network (NTP)",
			"odoo", there, "host", here, "apart", apart.Abs().String())
	}
	return nil
}

// Greet returns which Odoo answers at Options.URL. Database, user and password
// need not be known yet.
func Greet(ctx context.Context, o Options) (Version, error) {
	c, err := newClient(o)
	if err != nil {
		return Version{}, err
	}
	defer c.Close()
	err = c.hello(ctx)
	return c.version, err
}

// FindDatabase looks for the database. Its error is of kind [UnknownDatabase] if
// Odoo does not have it. User and password need not be known yet: it logs in as
// nobody (common.authenticate, or without a key), which Odoo refuses if it has the database.
func FindDatabase(ctx context.Context, o Options) error {
	c, err := newClient(o)
	if err != nil {
		return err
	}
	defer c.Close()
	err = c.findDatabase(ctx)
	if e, ok := errors.AsType[*Error](err); ok && c.opts.API == Auto && hasNoXMLRPC(e) {
		c.api = json2{c}
		err = c.findDatabase(ctx)
	}
	return err
}

func (c *Client) findDatabase(ctx context.Context) error {
	m := c.api.login(true)
	m.step = "look for the database"
	err := c.call(ctx, m, func(any) error { return nil })
	if IsKind(err, LoginRefused) {
		return nil
	}
	return err
}

// acceptVersion reads the answer of common.version, or of /web/version.
func (c *Client) acceptVersion(answer any) error {
	members, _ := answer.(map[string]any)
	text, _ := cmp.Or(members["server_version"], members["version"]).(string)
	info, _ := cmp.Or(members["server_version_info"], members["version_info"]).([]any)
	if text == "" || len(info) == 0 {
		return &Error{Kind: NotOdoo, Message: c.base + " speaks " + c.api.name() + ", but does not tell a version as Odoo does", Cure: c.api.cure()}
	}
	// The first part is a number; on Odoo Online it can be "saas~17".
	first, online := strings.CutPrefix(fmt.Sprint(info[0]), "saas~")
	major, err := strconv.Atoi(first)
	if err != nil {
		return &Error{Kind: NotOdoo, Message: c.base + " tells a version that is none of Odoo's: " + c.line(text)}
	}
	if major < oldest {
		return &Error{Kind: TooOld, Message: fmt.Sprintf("%s is Odoo %s; crm-tool needs %d or later", c.base, c.line(text), oldest)}
	}
	c.version = Version{Major: major, Online: online, Text: c.line(text)}
	return nil
}

// acceptUser reads the answer of common.authenticate, the user's id or false, or the
// user's context with the id.
func (c *Client) acceptUser(answer any) error {
	if context, ok := answer.(map[string]any); ok && c.API() == JSON2 {
		answer = context["uid"]
	}
	switch uid := answer.(type) {
	case int64:
		if uid > 0 {
			c.uid = uid
			return nil
		}
	case bool:
		if !uid {
			return &Error{
				Kind:    LoginRefused,
				Message: fmt.Sprintf("Odoo refuses the login of %q in database %q", c.opts.User, c.opts.Database),
			}
		}
	}
	return unexpected("a user's id", answer)
}

// How far the clocks of Odoo and this host may differ: without a warning, and at
// all. Records are dated by Odoo's clock, but reports, logs and schedules by this
// host's; and a clock that is wrong by half a day is often wrong by years.
const (
	maxUnsaid = 5 * time.Minute
	maxApart  = 12 * time.Hour
)
