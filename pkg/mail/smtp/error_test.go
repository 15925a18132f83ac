package smtp_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/crm-tool/crm-tool/pkg/ledger"
	"github.com/crm-tool/crm-tool/pkg/mail/smtp"
)

func TestAFailureOfTheClientIsTheServersWordAboutTheClientAlone(t *testing.T) {
	tests := []struct {
		name string
		err  smtp.Error
		want bool
	}{
		{"no such mailbox", smtp.Error{Stage: smtp.StageRcpt, Code: 550, Enhanced: [3]int{5, 1, 1}, Recipients: 1}, true},
		{"no such domain", smtp.Error{Stage: smtp.StageRcpt, Code: 554, Enhanced: [3]int{5, 1, 2}, Recipients: 1}, true},
		{"the sender's address is bad", smtp.Error{Stage: smtp.StageRcpt, Code: 550, Enhanced: [3]int{5, 1, 7}, Recipients: 1}, false},
		{"the sender's domain is bad", smtp.Error{Stage: smtp.StageRcpt, Code: 550, Enhanced: [3]int{5, 1, 8}, Recipients: 1}, false},
		{"mailbox disabled", smtp.Error{Stage: smtp.StageRcpt, Code: 550, Enhanced: [3]int{5, 2, 1}, Recipients: 1}, true},
		{"mailbox full", smtp.Error{Stage: smtp.StageRcpt, Code: 552, Enhanced: [3]int{5, 2, 2}, Recipients: 1}, false},
		{"policy", smtp.Error{Stage: smtp.StageRcpt, Code: 550, Enhanced: [3]int{5, 7, 1}, Recipients: 1}, false},
		{"a code that contradicts itself", smtp.Error{Stage: smtp.StageRcpt, Code: 550, Enhanced: [3]int{4, 1, 1}, Recipients: 1}, false},
		{"for now", smtp.Error{Stage: smtp.StageRcpt, Code: 450, Enhanced: [3]int{4, 1, 1}, Recipients: 1}, false},
		{"550 alone", smtp.Error{Stage: smtp.StageRcpt, Code: 550, Recipients: 1}, true},
		{"551 alone", smtp.Error{Stage: smtp.StageRcpt, Code: 551, Recipients: 1}, true},
		{"553 alone", smtp.Error{Stage: smtp.StageRcpt, Code: 553, Recipients: 1}, true},
		{"552 alone", smtp.Error{Stage: smtp.StageRcpt, Code: 552, Recipients: 1}, false},
		{"554 alone", smtp.Error{Stage: smtp.StageRcpt, Code: 554, Recipients: 1}, false},
		{"550 alone in the verdict", smtp.Error{Stage: smtp.StageFinal, Code: 550, Recipients: 1}, false},
		{"the only recipient in the verdict", smtp.Error{Stage: smtp.StageFinal, Code: 550, Enhanced: [3]int{5, 1, 1}, Recipients: 1}, true},
		{"one of two recipients in the verdict", smtp.Error{Stage: smtp.StageFinal, Code: 550, Enhanced: [3]int{5, 1, 1}, Recipients: 2}, false},
		{"the sender at MAIL", smtp.Error{Stage: smtp.StageMail, Code: 550, Enhanced: [3]int{5, 1, 1}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, tt.err.Failure() == ledger.FailureClient)
		})
	}
}

func TestHint(t *testing.T) {
	const login = "if the server wants a login, set smtp.user and smtp.password_file"
	for want, all := range map[string][]smtp.Error{
		login: {
			{Stage: smtp.StageMail, Code: 530, Enhanced: [3]int{5, 7, 0}},
			{Stage: smtp.StageRcpt, Code: 554, Enhanced: [3]int{5, 7, 1}, Recipients: 1},
		},
		"check mail.envelope_from and mail.from: the server refuses this sender": {
			{Stage: smtp.StageMail, Code: 553, Enhanced: [3]int{5, 7, 1}},
		},
		"the mail server's limit is the one to raise, or the template the one to shorten": {
			{Stage: smtp.StageMail, Err: smtp.ErrTooLarge},
			{Stage: smtp.StageMail, Code: 552},
		},
		"check smtp.host and smtp.port: this is not a mail server": {
			{Stage: smtp.StageGreeting, Err: smtp.ErrNotSMTP},
		},
		"check smtp.port and smtp.tls": {
			{Stage: smtp.StageTLS, Err: io.EOF},
		},
		"": {
			{Stage: smtp.StageDial, Err: context.Canceled},
			{Stage: smtp.StageRcpt, Code: 550, Enhanced: [3]int{5, 1, 1}, Recipients: 1},
			{Stage: smtp.StageMail, Code: 451},
			{Stage: smtp.StageFinal, Err: io.EOF},
			{Stage: smtp.StageGreeting, Code: 421},
		},
	} {
		for _, e := range all {
			assert.Equal(t, want, e.Hint(), e.Error())
		}
	}
}

func TestReply(t *testing.T) {
	assert.Equal(t, "550 5.1.1 unknown", (&smtp.Error{Code: 550, Enhanced: [3]int{5, 1, 1}, Text: "unknown"}).Reply())
	assert.Equal(t, "421", (&smtp.Error{Code: 421}).Reply())
	assert.Empty(t, (&smtp.Error{Err: errors.New("lost")}).Reply())
}
