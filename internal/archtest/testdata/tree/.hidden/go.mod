module gate.example/hidden

go 1.26
