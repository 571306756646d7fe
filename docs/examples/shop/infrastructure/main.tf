provider "aws" {
  region = "eu-central-1"
}

resource "aws_s3_bucket" "receipts" {
  bucket = "tea-shop-receipts"
}

resource "aws_s3_bucket_acl" "receipts" {
  bucket = aws_s3_bucket.receipts.id
  acl    = "public-read"
}

resource "aws_s3_bucket" "backups" {
  bucket = "tea-shop-backups"
}

resource "aws_s3_bucket_public_access_block" "backups" {
  bucket                  = aws_s3_bucket.backups.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_db_instance" "reports" {
  engine                      = "postgres"
  instance_class              = "db.t4g.small"
  allocated_storage           = 20
  username                    = "reports"
  manage_master_user_password = true
  publicly_accessible         = false
  skip_final_snapshot         = true
}

resource "aws_security_group" "shop" {
  name = "tea-shop"

  ingress {
    description = "web"
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  ingress {
    description = "maintenance"
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_lambda_function" "report" {
  function_name = "tea-shop-report"
  filename      = "report.zip"
  handler       = "report.main"
  runtime       = "python3.13"
  role          = aws_iam_role.report.arn

  environment {
    variables = {
      RECEIPTS = aws_s3_bucket.receipts.bucket
    }
  }
}

resource "aws_iam_role" "report" {
  name = "tea-shop-report"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "report" {
  role = aws_iam_role.report.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "*"
      Resource = "*"
    }]
  })
}
