// Package browser holds tests alone: a client answers his questionnaire in a
// real browser. It is a module of its own, so that what drives the browser
// never becomes a dependency of the product.
package browser
