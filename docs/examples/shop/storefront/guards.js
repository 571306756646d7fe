exports.requireLogin = (req, res, next) => {
  if (!req.session.customer) return res.status(401).end()
  next()
}
