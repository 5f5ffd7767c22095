package crm

import (
	"crypto/rand"
	"fmt"
)

// Contact is a person in the CRM.
type Contact struct {
	ID    int    `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Deal is a sale under way.
type Deal struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Amount int    `json:"amount"` // in cents
}

// account is a customer's data; [Server].mu guards it.
type account struct {
	name     string
	token    string
	contacts []Contact
	deals    []Deal
	listings int // answered and refused ones
	reports  int
}

// newAccount fills an account. The same name and size always give the same data.
func newAccount(name string, size Account) *account {
	a := &account{name: name}
	first := []string{"Ada", "Grace", "Edsger", "Barbara", "Tony", "Frances", "Donald", "Hedy"}
	for i := range size.Contacts {
		given := first[i%len(first)]
		a.contacts = append(a.contacts, Contact{
			ID: i + 1, Name: fmt.Sprintf("%s of %s", given, name), Email: fmt.Sprintf("%s.%d@%s.example", given, i+1, name),
		})
	}
	for i := range size.Deals {
		a.deals = append(a.deals, Deal{
			ID: fmt.Sprintf("%s-%03d", name, i+1), Title: fmt.Sprintf("Order no. %d", i+1), Amount: (i + 1) * 12_50,
		})
	}
	return a
}

// newToken is long enough that nobody guesses it.
func newToken() string { return "crm_" + rand.Text() }
