package smtp_test

import (
	"fmt"
	"sync"
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
						_, err := sender.Send(t.Context(), env, raw, begin)
						assert.NoError(t, err)
					})
				}
				senders.Wait()
				assert.Len(t, box.Messages(), 20)
			})
		}
	}
}
