package render

import (
	"reflect"
	"slices"
)

// Field is a field or a function of templates, as a template's author writes
// it.
type Field struct {
	Name        string
	Description string
	// Mail is set when only some mails have it: reminder, warning, or feedback, which
	// includes feedback-reminder.
	Mail string
}

// Fields lists the fields that templates may use: those of all mails, then
// those of reminders, then those of feedback.
func Fields() []Field {
	return slices.Concat(
		fieldsOf(reflect.TypeFor[MailData](), ".", ""),
		fieldsOf(reflect.TypeFor[ReminderData](), ".", reminderMail),
		fieldsOf(reflect.TypeFor[FeedbackData](), ".", feedbackMail),
		fieldsOf(reflect.TypeFor[WarningData](), ".", warningMail),
	)
}

// unlisted is the doc of a field that only older templates name.
const unlisted = "-"

// fieldsOf leaves out what all mails have, unless it is asked for that.
func fieldsOf(t reflect.Type, prefix string, mail mailName) []Field {
	var out []Field
	for f := range t.Fields() {
		switch doc := f.Tag.Get("doc"); {
		case doc == unlisted:
		case doc != "":
			out = append(out, Field{Name: prefix + f.Name, Description: doc, Mail: string(mail)})
		case !f.Anonymous:
			out = append(out, fieldsOf(f.Type, prefix+f.Name+".", mail)...)
		}
	}
	return out
}
