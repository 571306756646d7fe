const express = require('express')

const router = express.Router()

router.get('/', (req, res) => res.json(req.session.basket || []))

router.post('/items', (req, res) => {
  req.session.basket = [...(req.session.basket || []), req.body]
  res.status(201).end()
})

module.exports = router
