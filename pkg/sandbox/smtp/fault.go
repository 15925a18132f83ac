package smtp

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Step is a point of the conversation at which something can go wrong.
type Step string

// The steps in their order.
const (
	// AtConnect is the greeting.
	AtConnect Step = "connect"
	// AtHello is EHLO or HELO.
	AtHello Step = "ehlo"
	// AtStartTLS is the command STARTTLS.
	AtStartTLS Step = "starttls"
	// AtAuth is the command AUTH.
	AtAuth Step = "auth"
	// AtMail is MAIL FROM.
	AtMail Step = "mail"
	// AtRcpt is RCPT TO.
	AtRcpt Step = "rcpt"
	// AtData is the command DATA, before any of the mail is sent.
	AtData Step = "data"
	// AtBody is the midst of the mail itself. Nothing can be answered there:
	// a Reply is not sent.
	AtBody Step = "body"
	// AtFinal is the reply to the mail's last line.
	AtFinal Step = "final"
	// AtQuit is the command QUIT.
	AtQuit Step = "quit"
)

// Steps returns the steps in their order.
func Steps() []Step {
	return []Step{AtConnect, AtHello, AtStartTLS, AtAuth, AtMail, AtRcpt, AtData, AtBody, AtFinal, AtQuit}
}

// Fault is something that goes wrong at a step of the conversation.
type Fault struct {
	Step Step
	// Address limits the fault to one sender (AtMail), recipient (AtRcpt) or
	// mechanism (AtAuth); empty means every one.
	Address string
	// Beyond limits the fault to connections that were opened while at least so
	// many others were open.
	Beyond int
	// Skip is how often the step goes well before.
	Skip int
	// Times is how often it happens; 0 means for ever.
	Times int
	// Meanwhile is called first, by the mailbox's own goroutine.
	Meanwhile func()
	// Delay passes before the reply.
	Delay time.Duration
	// Reply is sent in place of the step's own, such as "550 5.1.1 No such
	// user"; empty leaves the step's own. After a 421 the mailbox closes the
	// connection, as RFC 5321 wants.
	Reply string
	// Cut closes the connection, after the Reply if there is one and in place
	// of any other.
	Cut bool
	// Half sends half of the reply, the step's own without a Reply, and closes
	// the connection.
	Half bool
	// Stored makes AtFinal keep the mail although the client is told
	// something else, or nothing.
	Stored bool
}

// Inject makes something go wrong. Of several faults at one step, the one
// that was added first happens until it has run out.
func (b *Mailbox) Inject(t Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, &t)
}

// next returns the fault that happens at a step, or nil.
func (c *conversation) next(step Step, address string) *Fault {
	b := c.box
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, t := range b.faults {
		if t.Step != step || t.Address != "" && !strings.EqualFold(t.Address, address) || c.others < t.Beyond {
			continue
		}
		if t.Skip > 0 {
			t.Skip--
			return nil
		}
		happens := *t
		if t.Times == 1 {
			b.faults = slices.Delete(b.faults, i, i+1)
		} else if t.Times > 1 {
			t.Times--
		}
		return &happens
	}
	return nil
}

// answer gives a step's own reply, unless there is a fault. It says whether the
// step succeeded.
func (c *conversation) answer(step Step, address, own string) bool {
	return c.reply(c.next(step, address), own)
}

// reply does what a fault says, or else gives a step's own reply. It says
// whether the step succeeded.
func (c *conversation) reply(t *Fault, own string) bool {
	if t == nil {
		t = &Fault{}
	}
	if t.Meanwhile != nil {
		t.Meanwhile()
	}
	c.pause(t.Delay)
	switch {
	case c.err != nil:
	case t.Half:
		half := []byte(cmp.Or(t.Reply, own))
		_, _ = c.conn.Write(half[:len(half)/2]) // The client may have left.
		c.err = errHangUp
	case t.Reply == "" && !t.Cut:
		c.say(own)
		return c.err == nil
	default:
		if t.Reply != "" {
			c.say(t.Reply)
		}
		if t.Cut || strings.HasPrefix(t.Reply, "421") {
			c.err = errHangUp
		}
	}
	return false
}

// pause lets time pass, unless the mailbox is closed.
func (c *conversation) pause(d time.Duration) {
	if d == 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-c.box.ctx.Done():
		c.err = errHangUp
	}
}

// interrupt lets something happen when the first line of a mail is there.
func (c *conversation) interrupt(t *Fault) {
	if _, c.err = c.in.Peek(1); c.err != nil {
		return
	}
	if t.Meanwhile != nil {
		t.Meanwhile()
	}
	if t.Cut {
		c.err = errHangUp
		return
	}
	c.pause(t.Delay)
}
