package smtp_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/crm-tool/crm-tool/pkg/mail"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
	sandboxsmtp "github.com/crm-tool/crm-tool/pkg/sandbox/smtp"
)

func TestAServerThatAllowsFewConnectionsGetsEveryMailOverThose(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault sandboxsmtp.Fault
	}{
		{"421 to the greeting", sandboxsmtp.Fault{Step: sandboxsmtp.AtConnect, Reply: "421 4.7.0 too many connections"}},
		{"554 to the greeting", sandboxsmtp.Fault{Step: sandboxsmtp.AtConnect, Reply: "554 5.7.1 concurrent connections limit exceeded", Cut: true}},
		{"no greeting", sandboxsmtp.Fault{Step: sandboxsmtp.AtConnect, Cut: true}},
		{"421 to EHLO", sandboxsmtp.Fault{Step: sandboxsmtp.AtHello, Reply: "421 busy"}},
		{"432 to MAIL", sandboxsmtp.Fault{Step: sandboxsmtp.AtMail, Reply: "432 4.3.2 concurrent connections limit exceeded"}},
		{"451 to MAIL", sandboxsmtp.Fault{Step: sandboxsmtp.AtMail, Reply: "451 later"}},
		{"a word about threads", sandboxsmtp.Fault{Step: sandboxsmtp.AtMail, Reply: "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"}},
	} {
		for allowed := 1; allowed <= 2; allowed++ {
			t.Run(fmt.Sprintf("%s, %d allowed", c.name, allowed), func(t *testing.T) {
				t.Parallel()
				box, err := sandboxsmtp.New(sandboxsmtp.Options{TLS: sandboxsmtp.NoTLS})
				require.NoError(t, err)
				defer box.Close()
				c.fault.Beyond = allowed
				box.Inject(c.fault)
				sender := newSender(t, smtp.Options{
					Host: "127.0.0.1", Port: box.Port(), TLS: smtp.NoTLS, LocalName: "tool.example.com", Connections: 3, MaxPerConnection: 4,
				})
				var senders sync.WaitGroup
				for i := range 20 {
					senders.Go(func() {
						env := mail.Envelope{From: "bounce@example.com", To: fmt.Sprintf("zoe%d@client.example", i)}
						_, err := sender.Deliver(t.Context(), env, raw, begin)
						assert.NoError(t, err)
					})
				}
				senders.Wait()
				assert.Len(t, box.Messages(), 20)
			})
		}
	}
}

func TestAServerThatLimitsMailsEndsEachOneAfterAFewWaits(t *testing.T) {
	for reply, most := range map[string]int{
		"450 4.7.1 Error: too much mail from 127.0.0.1": 8, "451 Sender rate 3.0 / 1h exceeds the limit": 8, "421 4.7.0 Enough for today": 30,
	} {
		t.Run(reply, func(t *testing.T) {
			t.Parallel()
			box, err := sandboxsmtp.New(sandboxsmtp.Options{TLS: sandboxsmtp.NoTLS})
			require.NoError(t, err)
			defer box.Close()
			box.Inject(sandboxsmtp.Fault{Step: sandboxsmtp.AtMail, Reply: reply, Skip: 2, Times: 1000})
			sender := newSender(t, smtp.Options{Host: "127.0.0.1", Port: box.Port(), TLS: smtp.NoTLS, LocalName: "tool.example.com", Connections: 2})
			var taken atomic.Int32
			var senders sync.WaitGroup
			for i := range 4 {
				senders.Go(func() {
					env := mail.Envelope{From: "bounce@example.com", To: fmt.Sprintf("zoe%d@client.example", i)}
					if _, err := sender.Deliver(t.Context(), env, raw, begin); err == nil {
						taken.Add(1)
					} else {
						assert.True(t, asError(t, err).Temporary())
					}
				})
			}
			senders.Wait()
			assert.EqualValues(t, 2, taken.Load())
			assert.Less(t, box.Connections(), most)
		})
	}
}
